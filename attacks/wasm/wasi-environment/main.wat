;; Variables and arguments of whoever started it.
(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  ;; with program
  (func (export "_start")
    (local $number i32)
    (call $armed)
    (call $failed (call $environ_sizes_get (i32.const 16) (i32.const 20)))
    (call $failed (call $environ_get (i32.const 4096) (i32.const 8192)))
    (loop $next
      (if (i32.lt_u (local.get $number) (i32.load (i32.const 16)))
        (then
          (call $worked (i32.load (i32.add (i32.const 4096) (i32.mul (i32.const 4) (local.get $number))))
            (call $length (i32.load (i32.add (i32.const 4096) (i32.mul (i32.const 4) (local.get $number))))))
          (local.set $number (i32.add (local.get $number) (i32.const 1)))
          (br $next))))
    (call $failed (call $args_sizes_get (i32.const 16) (i32.const 20)))
    (call $failed (call $args_get (i32.const 4096) (i32.const 8192)))
    (call $worked (i32.load (i32.const 4096)) (call $length (i32.load (i32.const 4096))))
    (call $report)))
