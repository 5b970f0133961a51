;; One blob after the other, each of half a megabyte; none is ever dropped.
(component
  ;; with component
  (import "aether:plugin/blob@1.0.0" (instance $blob
    (type $errors (record (field "code" string) (field "message" string) (field "facts" string)))
    (export "error" (type $error (eq $errors)))
    (export "create" (func (param "data" (list u8)) (result (result string (error $error)))))))
  (core func $create (canon lower (func $blob "create") (memory $memory) (realloc $realloc)))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "outcome" (func $outcome (param i32)))
    (import "kit" "noted" (func $noted (result i32)))
    (import "host" "create" (func $create (param i32 i32 i32)))
    (func (export "run") (result i32)
      (local $tries i32)
      (call $armed)
      (loop $next
        (call $create (i32.const 131072) (i32.const 500000) (i32.const 2064))
        (call $outcome (i32.const 2064))
        (local.set $tries (i32.add (local.get $tries) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $tries) (i32.const 400))))
      (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "host" (instance (export "create" (func $create))))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
