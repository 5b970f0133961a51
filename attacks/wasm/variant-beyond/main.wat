;; There is none and there is some.
(component
  ;; with component
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (func (export "run") (result i32)
      (call $armed)
      (i32.store (i32.const 2048) (i32.const 7))
      (i32.const 2048)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (func (export "run") (result (option string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
