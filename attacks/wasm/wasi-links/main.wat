;; Links of the granted folder that lead aside, above, anywhere, to themselves.
(module
  ;; with program
  (data (i32.const 2048)
    "public/aside\00public/above\00public/absolute\00public/folder/secret.txt\00public/up/secret.txt\00"
    "public/up/private/secret.txt\00public/everything/etc/passwd\00public/everything/etc/shadow\00"
    "public/everything/proc/self/environ\00public/environ\00public/loop\00public/loop/x\00public/aside/\00"
    "public/up/public/aside\00public/up/public/up/public/up/secret.txt\00public/sub/../aside\00"
    "public/folder/../secret.txt\00public/folder/../public/aside\00public/up/../outside/secret.txt\00"
    "out/escape/secret.txt\00\00")
  (func (export "_start")
    (call $armed)
    (call $read_all (i32.const 2048))
    (call $report)))
