;; What was checked must be what is read: the file is a link to the secret every other moment.
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  ;; with program
  (data (i32.const 2048) "public/restless\00read\00refused\00")
  (func (export "_start")
    (local $until i64)
    (local $errno i32)
    (local $read i32)
    (local $refused i32)
    (call $armed)
    (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 16)))
    (local.set $until (i64.add (i64.load (i32.const 16)) (i64.const 1500000000)))
    (loop $next
      (local.set $errno (call $open (i32.const 2048) (i32.const 0) (i64.const 2)))
      (if (i32.eqz (local.get $errno))
        (then
          (i32.store (i32.const 0) (i32.const 256))
          (i32.store (i32.const 4) (i32.const 512))
          (local.set $errno (call $fd_read (i32.load (i32.const 12)) (i32.const 0) (i32.const 1) (i32.const 8)))
          (drop (call $fd_close (i32.load (i32.const 12))))))
      (if (local.get $errno)
        (then (local.set $refused (i32.const 1)))
        (else
          (local.set $read (i32.const 1))
          ;; `for `: what everyone may read.
          (if (i32.ne (i32.load (i32.const 256)) (i32.const 0x20726f66))
            (then (call $worked (i32.const 256) (i32.load (i32.const 8))) (call $report) (return)))))
      (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 16)))
      (br_if $next (i64.lt_u (i64.load (i32.const 16)) (local.get $until))))
    (if (local.get $read) (then (call $worked (i32.const 2064) (i32.const 4))))
    (if (local.get $refused) (then (call $worked (i32.const 2069) (i32.const 7))))
    (call $report)))
