;; Asks in a loop whether anything has happened, of a thousand clocks that are due at once.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  ;; with program
  (func (export "_start")
    (local $at i32)
    (call $armed)
    (local.set $at (i32.const 131072))
    (loop $next
      (i32.store offset=16 (local.get $at) (i32.const 1))
      (local.set $at (i32.add (local.get $at) (i32.const 48)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 179072))))
    (loop $again
      (drop (call $poll_oneoff (i32.const 131072) (i32.const 229376) (i32.const 1000) (i32.const 8)))
      (br $again))))
