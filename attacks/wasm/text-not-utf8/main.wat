;; Half of a pair, and a byte that is in no text.
(component
  ;; with component
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (data (i32.const 2100) "\ed\a0\80\ff")
    (func (export "run") (result i32)
      (call $armed)
      (i32.store (i32.const 2048) (i32.const 2100))
      (i32.store (i32.const 2052) (i32.const 4))
      (i32.const 2048)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (func (export "run") (result string) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
