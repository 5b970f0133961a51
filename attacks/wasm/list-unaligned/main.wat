;; Its numbers lie where none may.
(component
  ;; with component
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (func (export "run") (result i32)
      (call $armed)
      (i32.store (i32.const 2048) (i32.const 2053))
      (i32.store (i32.const 2052) (i32.const 2))
      (i32.const 2048)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (func (export "run") (result (list u64)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
