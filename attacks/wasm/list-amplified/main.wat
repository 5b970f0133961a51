;; Lists may lie over each other: a megabyte of memory is a hundred gigabytes of lists.
(component
  ;; with component
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (func (export "run") (result i32)
      (local $at i32)
      (call $armed)
      (local.set $at (i32.const 131072))
      (loop $next
        (i32.store (local.get $at) (i32.const 0))
        (i32.store offset=4 (local.get $at) (i32.const 1000000))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 931072))))
      (i32.store (i32.const 2048) (i32.const 131072))
      (i32.store (i32.const 2052) (i32.const 100000))
      (i32.const 2048)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (func (export "run") (result (list (list u8))) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
