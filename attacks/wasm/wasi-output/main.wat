;; Prints without end.
(module
  ;; with program
  (func (export "_start")
    (call $armed)
    (memory.fill (i32.const 65536) (i32.const 97) (i32.const 60000))
    (loop $again
      (br_if $again (i32.eqz (call $write (i32.const 1) (i32.const 65536) (i32.const 60000)))))
    (drop (call $write (i32.const 2) (i32.const 1024) (i32.const 6)))
    (loop $for_ever
      (drop (call $write (i32.const 1) (i32.const 65536) (i32.const 60000)))
      (br $for_ever))))
