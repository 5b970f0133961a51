;; Opens until nothing more is open, and then does it again: the host must not run out of anything.
(module
  ;; with program
  (data (i32.const 2048) "public/readme.txt\00five thousand\00\00")
  (func (export "_start")
    (local $tries i32)
    (local $errno i32)
    (call $armed)
    (loop $again
      (local.set $errno (call $open (i32.const 2048) (i32.const 0) (i64.const 2)))
      (local.set $tries (i32.add (local.get $tries) (i32.const 1)))
      (br_if $again (i32.and (i32.eqz (local.get $errno)) (i32.lt_u (local.get $tries) (i32.const 5000)))))
    (call $tried (local.get $errno) (i32.const 2066))
    ;; A closed one makes room for another.
    (call $failed (call $fd_close (i32.const 9)))
    (call $failed (call $open (i32.const 2048) (i32.const 0) (i64.const 2)))
    (call $report)))
