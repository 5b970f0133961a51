;; A line of log after the other, as long as they may be.
(module
  ;; with program
  (func (export "_start")
    (call $armed)
    (memory.fill (i32.const 65536) (i32.const 97) (i32.const 60000))
    (i32.store8 (i32.const 73728) (i32.const 10))
    (loop $again
      (drop (call $write (i32.const 2) (i32.const 65536) (i32.const 8193)))
      (br $again))))
