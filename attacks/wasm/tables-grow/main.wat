;; Tables are memory of the engine's.
(module
  ;; with program
  (table $first 1 funcref)
  (table $second 1 funcref)
  (func (export "run") (result i32)
    (call $armed)
    (block $full
      (loop $next
        (br_if $full (i32.eq (table.grow $first (ref.null func) (i32.const 100000)) (i32.const -1)))
        (br_if $full (i32.eq (table.grow $second (ref.null func) (i32.const 100000)) (i32.const -1)))
        (br_if $next (i32.lt_u (table.size $first) (i32.const 9000000)))))
    (i32.le_u (i32.add (table.size $first) (table.size $second)) (i32.const 1000000))))
