;; Sleeps until the end of time.
(component
  ;; with component
  (import "aether:plugin/time@1.0.0" (instance $time (export "sleep" (func (param "ms" u64)))))
  (core func $sleep (canon lower (func $time "sleep")))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "noted" (func $noted (result i32)))
    (import "host" "sleep" (func $sleep (param i64)))
    (func (export "run") (result i32)
      (call $armed)
      (loop $next (call $sleep (i64.const -1)) (br $next))
      (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "host" (instance (export "sleep" (func $sleep))))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
