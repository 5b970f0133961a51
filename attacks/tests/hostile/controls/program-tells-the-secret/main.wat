;; It is granted what it must not tell.
(module
  ;; with program
  (data (i32.const 2048) "private/secret.txt\00\00")
  (func (export "_start")
    (call $armed)
    (call $read_all (i32.const 2048))
    (call $report)))
