;; Fills the disk: by writing, by a size that is said, and by a hole.
(module
  (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $fd_filestat_set_size (param i32 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_allocate" (func $fd_allocate (param i32 i64 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
  ;; with program
  (data (i32.const 2048) "out/a\00out/b\00out/c\00")
  (data (i32.const 2080) "a terabyte is said\00a terabyte is allocated\00a hole\00half a gigabyte\00")
  (func (export "_start")
    (local $tries i32)
    (local $errno i32)
    (call $armed)
    (if (i32.eqz (call $open (i32.const 2048) (i32.const 1) (i64.const 0x400140)))
      (then
        (call $tried (call $fd_filestat_set_size (i32.load (i32.const 12)) (i64.const 0x10000000000)) (i32.const 2080))
        (call $tried (call $fd_filestat_set_size (i32.load (i32.const 12)) (i64.const -1)) (i32.const 2080))
        (call $tried (call $fd_allocate (i32.load (i32.const 12)) (i64.const 0) (i64.const 0x10000000000)) (i32.const 2099))))
    (i32.store (i32.const 0) (i32.const 65536))
    (i32.store (i32.const 4) (i32.const 60000))
    (if (i32.eqz (call $open (i32.const 2054) (i32.const 1) (i64.const 0x40)))
      (then
        (call $tried (call $fd_pwrite (i32.load (i32.const 12)) (i32.const 0) (i32.const 1) (i64.const 0x10000000000) (i32.const 8)) (i32.const 2123))
        (call $tried (call $fd_pwrite (i32.load (i32.const 12)) (i32.const 0) (i32.const 1) (i64.const 0x7ffffffffffff000) (i32.const 8)) (i32.const 2123))))
    (local.set $errno (call $open (i32.const 2060) (i32.const 1) (i64.const 0x40)))
    (block $full
      (loop $again
        (br_if $full (local.get $errno))
        (local.set $errno (call $write (i32.load (i32.const 12)) (i32.const 65536) (i32.const 60000)))
        (local.set $tries (i32.add (local.get $tries) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $tries) (i32.const 9000)))))
    (call $tried (local.get $errno) (i32.const 2130))
    (call $report)))
