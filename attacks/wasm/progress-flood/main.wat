;; Tells how far it has come, without end, and in numbers that are none.
(component
  ;; with component
  (import "aether:plugin/call@1.0.0" (instance $call
    (export "progress" (func (param "fraction" f64) (param "message" string)))))
  (core func $progress (canon lower (func $call "progress") (memory $memory) (realloc $realloc)))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "noted" (func $noted (result i32)))
    (import "host" "progress" (func $progress (param f64 i32 i32)))
    (data (i32.const 2048) "\1b[2J<script>alert(1)</script>")
    (func (export "run") (result i32)
      (call $armed)
      (call $progress (f64.const nan) (i32.const 2048) (i32.const 29))
      (call $progress (f64.const inf) (i32.const 2048) (i32.const 29))
      (call $progress (f64.const -1) (i32.const 131072) (i32.const 500000))
      (loop $next
        (call $progress (f64.const 0.5) (i32.const 2048) (i32.const 29))
        (br $next))
      (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "host" (instance (export "progress" (func $progress))))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
