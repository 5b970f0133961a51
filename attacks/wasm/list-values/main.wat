;; A million truths are a megabyte of memory here, and fifty there.
(component
  ;; with component
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (func (export "run") (result i32)
      (call $armed)
      (drop (memory.grow (i32.const 300)))
      (i32.store (i32.const 2048) (i32.const 4096))
      (i32.store (i32.const 2052) (i32.const 18000000))
      (i32.const 2048)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (func (export "run") (result (list bool)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
