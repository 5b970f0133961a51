;; A second and a third memory, each as large as the first may be: all are one.
(module
  ;; with program
  (memory $second 1)
  (memory $third 1)
  (func (export "run") (result i32)
    (call $armed)
    (drop (memory.grow $second (i32.const 500)))
    (drop (memory.grow $third (i32.const 500)))
    (drop (memory.grow $second (i32.const 500)))
    (drop (memory.grow (i32.const 500)))
    (i32.lt_u (i32.add (i32.add (memory.size) (memory.size $second)) (memory.size $third)) (i32.const 1025))))
