;; Out of the allocator that the host calls, the host is called: it would be in the middle of something.
(component
  ;; with component
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (func (export "arm") (result i32) (call $armed) (i32.const 1))
    (func (export "alloc") (param i32 i32 i32 i32) (result i32) (call $armed) (i32.const 4096))
    (func (export "run") (param i32 i32) (result i32) (local.get 1)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (alias core export $attack "alloc" (core func $alloc))
  (func (export "arm") (result s32) (canon lift (core func $attack "arm")))
  (func (export "run") (param "text" string) (result s32)
    (canon lift (core func $attack "run") (memory $memory) (realloc $alloc))))
