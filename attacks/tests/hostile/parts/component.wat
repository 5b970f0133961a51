  ;; What components share: the log, a memory, an allocator that only grows, and a list of the texts that
  ;; came of what was tried, each once. A plugin's own data begin at 2048, and its allocations at 65536.
  (import "aether:plugin/log@1.0.0" (instance $log
    (type $levels (enum "debug" "info" "warn" "error"))
    (export "level" (type $level (eq $levels)))
    (export "write" (func (param "level" $level) (param "message" string) (param "fields" (option string))))))
  (core module $lib
    (memory (export "memory") 16)
    (global $next (export "next") (mut i32) (i32.const 65536))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (block $done
        (loop $again
          (br_if $done (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
          (br_if $done (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))
          (br $again)))
      (local.get $at)))
  (core instance $lib (instantiate $lib))
  (alias core export $lib "memory" (core memory $memory))
  (alias core export $lib "realloc" (core func $realloc))
  (core func $write (canon lower (func $log "write") (memory $memory) (realloc $realloc)))
  (core module $kit
    (import "lib" "memory" (memory 16))
    (import "lib" "next" (global $next (mut i32)))
    (import "log" "write" (func $write (param i32 i32 i32 i32 i32 i32)))
    (data (i32.const 1024) "armed")
    (data (i32.const 1032) "worked")
    ;; Texts that came of something: where and how long, from 256 on, and how many at 248.
    (func $armed (export "armed")
      (call $write (i32.const 1) (i32.const 1024) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 0)))
    (func $same (param $one i32) (param $other i32) (param $length i32) (result i32)
      (loop $next
        (if (i32.eqz (local.get $length)) (then (return (i32.const 1))))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br_if $next (i32.eq (i32.load8_u (i32.add (local.get $one) (local.get $length)))
          (i32.load8_u (i32.add (local.get $other) (local.get $length))))))
      (i32.const 0))
    (func $note (export "note") (param $at i32) (param $length i32)
      (local $entry i32)
      (local.set $entry (i32.const 256))
      (block $new
        (loop $next
          (br_if $new (i32.ge_u (local.get $entry) (i32.add (i32.const 256) (i32.shl (i32.load (i32.const 248)) (i32.const 3)))))
          (if (i32.eq (i32.load offset=4 (local.get $entry)) (local.get $length))
            (then (if (call $same (i32.load (local.get $entry)) (local.get $at) (local.get $length)) (then (return)))))
          (local.set $entry (i32.add (local.get $entry) (i32.const 8)))
          (br $next)))
      (if (i32.ge_u (i32.load (i32.const 248)) (i32.const 90)) (then (return)))
      (i32.store (local.get $entry) (local.get $at))
      (i32.store offset=4 (local.get $entry) (local.get $length))
      (i32.store (i32.const 248) (i32.add (i32.load (i32.const 248)) (i32.const 1))))
    ;; A result that the host wrote, aligned to four bytes: `worked`, or the code of the error.
    (func $outcome (export "outcome") (param $result i32)
      (if (i32.load8_u (local.get $result))
        (then (call $note (i32.load offset=4 (local.get $result)) (i32.load offset=8 (local.get $result))))
        (else (call $note (i32.const 1032) (i32.const 6)))))
    ;; The list of them, as a method gives it.
    (func (export "noted") (result i32)
      (i32.store (i32.const 240) (i32.const 256))
      (i32.store (i32.const 244) (i32.load (i32.const 248)))
      (i32.const 240))
    ;; What was allocated may be used again.
    (func (export "forget") (param $next i32) (global.set $next (local.get $next))))
  (core instance $kit (instantiate $kit (with "lib" (instance $lib)) (with "log" (instance (export "write" (func $write))))))
