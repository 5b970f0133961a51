;; Numbers that no host gave: of streams, files, timers and requests.
(component
  ;; with component
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.ready" (func (param "self" (borrow $pollable)) (result bool)))))
  (core func $ready (canon lower (func $poll "[method]pollable.ready")))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "noted" (func $noted (result i32)))
    (import "host" "ready" (func $ready (param i32) (result i32)))
    (func (export "run") (result i32)
      (local $handle i32)
      (call $armed)
      (local.set $handle (i32.const 1))
      (loop $next
        (drop (call $ready (local.get $handle)))
        (local.set $handle (i32.add (local.get $handle) (i32.const 1)))
        (br $next))
      (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "host" (instance (export "ready" (func $ready))))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
