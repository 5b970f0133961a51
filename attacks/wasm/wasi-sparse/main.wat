;; A file of 64 GiB without a byte on disk: all of it at once, its end, and what is beyond.
(module
  (import "wasi_snapshot_preview1" "fd_pread" (func $fd_pread (param i32 i32 i32 i64 i32) (result i32)))
  ;; with program
  (data (i32.const 2048) "public/sparse.bin\00")
  (data (i32.const 2080) "more than there is room for\00beyond its end\00")
  (func (export "_start")
    (call $armed)
    (call $failed (call $open (i32.const 2048) (i32.const 0) (i64.const 2)))
    (i32.store (i32.const 0) (i32.const 65536))
    (i32.store (i32.const 4) (i32.const 900000))
    (call $failed (call $fd_pread (i32.load (i32.const 12)) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 8)))
    (if (i32.gt_u (i32.load (i32.const 8)) (i32.const 900000)) (then (call $worked (i32.const 2080) (i32.const 27))))
    (call $failed (call $fd_pread (i32.load (i32.const 12)) (i32.const 0) (i32.const 1) (i64.const 0xffffffff0) (i32.const 8)))
    (call $failed (call $fd_pread (i32.load (i32.const 12)) (i32.const 0) (i32.const 1) (i64.const 0x7fffffffffffffff) (i32.const 8)))
    (if (i32.load (i32.const 8)) (then (call $worked (i32.const 2108) (i32.const 14))))
    (call $failed (call $fd_pread (i32.load (i32.const 12)) (i32.const 0) (i32.const 1) (i64.const -1) (i32.const 8)))
    ;; More than it has memory for.
    (i32.store (i32.const 4) (i32.const 0x7fffffff))
    (drop (call $fd_pread (i32.load (i32.const 12)) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 8)))
    (call $report)))
