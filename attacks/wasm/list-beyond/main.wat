;; What lies behind its memory is the host's.
(component
  ;; with component
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (func (export "run") (result i32)
      (call $armed)
      (i32.store (i32.const 2048) (i32.const 1048000))
      (i32.store (i32.const 2052) (i32.const 1000))
      (i32.const 2048)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (func (export "run") (result (list u8)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
