;; A file that cannot be read where it is may be readable where it is moved to: within one opened
;; folder, from one to the other, by its folder, and over what is there.
(module
  (import "wasi_snapshot_preview1" "path_rename" (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  ;; with program
  (data (i32.const 2048)
    "private/secret.txt\00public/a\00secret.txt\00public/readme.txt\00private\00public/b\00"
    "public/up/secret.txt\00public/c\00public/folder\00private/d\00../outside/secret.txt\00public/e\00"
    "public/../private/secret.txt\00public/f\00public/folder/secret.txt\00public/g\00private/\00public/h/\00"
    "public\00../moved\00.\00public/i\00public\00public/sub/j\00/etc/passwd\00public/k\00public\00private\00\00")
  (data (i32.const 3072)
    "public/a\00public/readme.txt\00public/b/secret.txt\00public/c\00private/d\00public/e\00public/f\00public/g\00"
    "public/h/secret.txt\00public/k\00private/a\00\00")
  (func $move (param $from i32) (param $to i32)
    (local $path i32)
    (local $target i32)
    (local.set $path (i32.const 2048))
    (loop $next
      (local.set $target (i32.add (i32.add (local.get $path) (call $length (local.get $path))) (i32.const 1)))
      (call $failed (call $path_rename (local.get $from) (local.get $path) (call $length (local.get $path))
        (local.get $to) (local.get $target) (call $length (local.get $target))))
      (local.set $path (i32.add (i32.add (local.get $target) (call $length (local.get $target))) (i32.const 1)))
      (br_if $next (i32.load8_u (local.get $path)))))
  ;; What was to be read all the time is no find.
  (func $is_known (param $at i32) (result i32) (i32.eq (i32.load (local.get $at)) (i32.const 0x20726f66)))
  (func (export "_start")
    (local $at i32)
    (call $armed)
    (call $move (i32.const 3) (i32.const 3))
    (call $move (i32.const 3) (i32.const 4))
    (call $move (i32.const 4) (i32.const 3))
    (local.set $at (i32.const 3072))
    (loop $next
      (if (i32.eqz (call $open (local.get $at) (i32.const 0) (i64.const 2)))
        (then
          (i32.store (i32.const 0) (i32.const 256))
          (i32.store (i32.const 4) (i32.const 512))
          (drop (call $fd_read (i32.load (i32.const 12)) (i32.const 0) (i32.const 1) (i32.const 8)))
          (drop (call $fd_close (i32.load (i32.const 12))))
          (if (i32.eqz (call $is_known (i32.const 256)))
            (then (call $worked (i32.const 256) (i32.load (i32.const 8)))))))
      (local.set $at (i32.add (i32.add (local.get $at) (call $length (local.get $at))) (i32.const 1)))
      (br_if $next (i32.load8_u (local.get $at))))
    (call $report)))
