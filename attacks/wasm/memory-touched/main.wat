;; Beyond its memory, below it and across its end, by every kind of access.
(module
  ;; with program
  (func (export "run") (param $how i32) (result i32)
    (call $armed)
    (if (i32.eq (local.get $how) (i32.const 1)) (then (return (i32.load offset=4294967295 (i32.const -1)))))
    (if (i32.eq (local.get $how) (i32.const 2)) (then (i64.store (i32.const -4) (i64.const 1))))
    (if (i32.eq (local.get $how) (i32.const 3)) (then (memory.fill (i32.const 100) (i32.const 0) (i32.const -1))))
    (if (i32.eq (local.get $how) (i32.const 4)) (then (memory.copy (i32.const -8) (i32.const 0) (i32.const 9))))
    (i32.load (i32.const 0x7ffffffc))))
