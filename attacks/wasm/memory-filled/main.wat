;; One instruction that takes long, over and over: no tick comes in between.
(module
  ;; with program
  (func (export "run") (result i32)
    (call $armed)
    (drop (memory.grow (i32.const 800)))
    (loop $for_ever
      (memory.fill (i32.const 2048) (i32.const 1) (i32.const 50000000))
      (memory.copy (i32.const 2048) (i32.const 2049) (i32.const 50000000))
      (br $for_ever))
    (i32.const 0)))
