;; Codes that are none: beyond a byte, below zero, those of signals.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  ;; with program
  (func (export "_start")
    (local $read i32)
    (call $armed)
    (i32.store (i32.const 0) (i32.const 256))
    (i32.store (i32.const 4) (i32.const 64))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (local.set $read (i32.load8_u (i32.const 256)))
    (if (i32.eq (local.get $read) (i32.const 97)) (then (call $proc_exit (i32.const 256))))
    (if (i32.eq (local.get $read) (i32.const 98)) (then (call $proc_exit (i32.const -1))))
    (if (i32.eq (local.get $read) (i32.const 99)) (then (call $proc_exit (i32.const 137))))
    (call $proc_exit (i32.const 4))))
