;; The host's paths are text. Bytes that are none must not become another path.
(module
  ;; with program
  (data (i32.const 2048) "private\00\c0\ae\c0\ae/secret.txt\00")
  (func (export "_start")
    (call $armed)
    (call $read (i32.const 2056))
    (call $report)))
