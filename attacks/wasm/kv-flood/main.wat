;; One key after the other, each with a value of half a megabyte.
(component
  ;; with component
  (import "aether:plugin/kv@1.0.0" (instance $kv
    (type $errors (record (field "code" string) (field "message" string) (field "facts" string)))
    (export "error" (type $error (eq $errors)))
    (export "set" (func (param "key" string) (param "value" string) (result (result (error $error)))))))
  (core func $set (canon lower (func $kv "set") (memory $memory) (realloc $realloc)))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "outcome" (func $outcome (param i32)))
    (import "kit" "noted" (func $noted (result i32)))
    (import "host" "set" (func $set (param i32 i32 i32 i32 i32)))
    (func (export "run") (result i32)
      (local $tries i32)
      (call $armed)
      (memory.fill (i32.const 131072) (i32.const 97) (i32.const 600000))
      (i32.store8 (i32.const 131072) (i32.const 34))
      (i32.store8 (i32.const 731071) (i32.const 34))
      (loop $next
        (i32.store (i32.const 2048) (i32.add (i32.const 0x20202020) (local.get $tries)))
        (i32.store8 (i32.const 2049) (i32.add (i32.const 97) (i32.and (local.get $tries) (i32.const 15))))
        (i32.store8 (i32.const 2048) (i32.add (i32.const 97) (i32.shr_u (local.get $tries) (i32.const 4))))
        (call $set (i32.const 2048) (i32.const 4) (i32.const 131072) (i32.const 600000) (i32.const 2064))
        (call $outcome (i32.const 2064))
        (local.set $tries (i32.add (local.get $tries) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $tries) (i32.const 250))))
      ;; A key that is longer than any may be, and one that is empty.
      (call $set (i32.const 131072) (i32.const 100000) (i32.const 131072) (i32.const 4) (i32.const 2064))
      (call $outcome (i32.const 2064))
      (call $set (i32.const 131072) (i32.const 0) (i32.const 131072) (i32.const 4) (i32.const 2064))
      (call $outcome (i32.const 2064))
      (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "host" (instance (export "set" (func $set))))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
