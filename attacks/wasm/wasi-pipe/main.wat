;; Whoever opens a pipe that nobody writes to waits for ever, unless one asks not to.
(module
  ;; with program
  (data (i32.const 2048) "public/pipe\00\00")
  (func (export "_start")
    (call $armed)
    (call $read_all (i32.const 2048))
    (call $report)))
