;; Links of its own making, symbolic and hard, and then what they lead to.
(module
  (import "wasi_snapshot_preview1" "path_symlink" (func $path_symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_link" (func $path_link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  ;; with program
  ;; What it leads to, and where it is made.
  (data (i32.const 2048)
    "../private/secret.txt\00public/a\00../../outside/secret.txt\00public/b\00/etc/passwd\00public/c\00"
    "../private\00out/d\00..\00out/e\00../public/aside\00public/f\00private/secret.txt\00g\00"
    "/proc/self/environ\00out/h\00../../../../../etc/shadow\00out/i\00\00")
  (data (i32.const 3072)
    "public/a\00public/b\00public/c\00out/d/secret.txt\00out/e/private/secret.txt\00public/f\00g\00out/h\00out/i\00\00")
  ;; Hard ones.
  (data (i32.const 3584)
    "private/secret.txt\00public/k\00public/aside\00public/l\00public/../secret.txt\00out/m\00"
    "../outside/secret.txt\00out/n\00/etc/shadow\00out/o\00private\00out/p\00public/folder/secret.txt\00out/q\00\00")
  (data (i32.const 4096) "public/k\00public/l\00out/m\00out/n\00out/o\00out/p/secret.txt\00out/q\00\00")
  (func $make (param $pairs i32) (param $hard i32)
    (local $to i32)
    (loop $next
      (local.set $to (i32.add (i32.add (local.get $pairs) (call $length (local.get $pairs))) (i32.const 1)))
      (if (local.get $hard)
        (then
          (call $failed (call $path_link (i32.const 3) (i32.const 0) (local.get $pairs) (call $length (local.get $pairs))
            (i32.const 3) (local.get $to) (call $length (local.get $to))))
          (call $failed (call $path_link (i32.const 4) (i32.const 1) (local.get $pairs) (call $length (local.get $pairs))
            (i32.const 3) (local.get $to) (call $length (local.get $to)))))
        (else
          (call $failed (call $path_symlink (local.get $pairs) (call $length (local.get $pairs))
            (i32.const 3) (local.get $to) (call $length (local.get $to))))))
      (local.set $pairs (i32.add (i32.add (local.get $to) (call $length (local.get $to))) (i32.const 1)))
      (br_if $next (i32.load8_u (local.get $pairs)))))
  (func (export "_start")
    (call $armed)
    (call $make (i32.const 2048) (i32.const 0))
    (call $read_all (i32.const 3072))
    (call $make (i32.const 3584) (i32.const 1))
    (call $read_all (i32.const 4096))
    (call $report)))
