;; While another cell of the very same plugin works, this one ends, floods and traps: the other goes on.
(component
  ;; with component
  (import "aether:plugin/time@1.0.0" (instance $time (export "sleep" (func (param "ms" u64)))))
  (core func $sleep (canon lower (func $time "sleep")))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "host" "sleep" (func $sleep (param i64)))
    (import "log" "write" (func $write (param i32 i32 i32 i32 i32 i32)))
    (data (i32.const 2048) "accomplice armed")
    (func (export "work") (param i32 i32) (result i32)
      (call $write (i32.const 1) (i32.const 2048) (i32.const 16) (i32.const 0) (i32.const 0) (i32.const 0))
      (loop $next (call $sleep (i64.const 1)) (br $next))
      (i32.const 0))
    (func (export "run") (result i32)
      (local $lines i32)
      (call $armed)
      (loop $next
        (call $armed)
        (local.set $lines (i32.add (local.get $lines) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $lines) (i32.const 20000))))
      unreachable))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "log" (instance (export "write" (func $write))))
    (with "host" (instance (export "sleep" (func $sleep))))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc)))
  (func (export "work") (param "secret" string) (result bool) (canon lift (core func $attack "work") (memory $memory) (realloc $realloc))))
