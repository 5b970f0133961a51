;; Asks for a file that is not there, a thousand times a second, and by a path of half a megabyte.
(component
  ;; with component
  (import "aether:plugin/fs@1.0.0" (instance $fs
    (type $errors (record (field "code" string) (field "message" string) (field "facts" string)))
    (export "error" (type $error (eq $errors)))
    (export "exists" (func (param "path" string) (result (result bool (error $error)))))))
  (core func $exists (canon lower (func $fs "exists") (memory $memory) (realloc $realloc)))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "noted" (func $noted (result i32)))
    (import "kit" "forget" (func $forget (param i32)))
    (import "host" "exists" (func $exists (param i32 i32 i32)))
    (data (i32.const 2048) "./public/nothing")
    (func (export "run") (result i32)
      (call $armed)
      (memory.fill (i32.const 131072) (i32.const 97) (i32.const 500000))
      (call $exists (i32.const 131072) (i32.const 500000) (i32.const 2200))
      (loop $next
        (call $exists (i32.const 2048) (i32.const 16) (i32.const 2200))
        (call $forget (i32.const 65536))
        (br $next))
      (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "host" (instance (export "exists" (func $exists))))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
