;; Paths that lead out of what is granted: upwards, from the root, with odd ends, in odd spellings.
(module
  ;; with program
  (data (i32.const 2048)
    "private/secret.txt\00secret.txt\00public/../private/secret.txt\00./public/./../secret.txt\00"
    "../secret.txt\00../private/secret.txt\00../outside/secret.txt\00public/../../outside/secret.txt\00"
    "/etc/shadow\00/etc/passwd\00//etc/passwd\00/workspace/private/secret.txt\00/workspace/../etc/passwd\00"
    "private/secret.txt/\00private/secret.txt/.\00private//secret.txt\00private/./secret.txt\00"
    "public/readme.txt/../../private/secret.txt\00nothing/../private/secret.txt\00"
    "..\00.\00/\00...\00.../...//secret.txt\00..\5cprivate\5csecret.txt\00C:\5csecret.txt\00%2e%2e/secret.txt\00"
    "private/secret.txt \00PRIVATE/secret.txt\00\e2\80\ae/secret.txt\00\ef\bc\8e\ef\bc\8e/secret.txt\00"
    "../../../../../../../../../../../../etc/passwd\00proc/self/environ\00proc/1/environ\00etc/passwd\00\00")
  (func (export "_start")
    (call $armed)
    (call $read_all (i32.const 2048))
    (call $report)))
