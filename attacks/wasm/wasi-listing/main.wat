;; What lies beside what is granted is not listed either: from every folder, with cookies that are
;; none, into room for nothing, and while the folder changes.
(module
  (import "wasi_snapshot_preview1" "path_create_directory" (func $path_create_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_remove_directory" (func $path_remove_directory (param i32 i32 i32) (result i32)))
  ;; with program
  (data (i32.const 2048) ".\00..\00private\00inbox\00inbox/box\00public/up\00public/folder\00public/everything\00public/..\00out/escape\00\00")
  (data (i32.const 2240) "out/new\00")
  (data (i32.const 2256) "secret\00private\00inbox\00shadow\00environ\00\00")
  ;; Whether a text is in what was listed.
  (func $has (param $text i32) (param $length i32) (result i32)
    (local $at i32)
    (local $same i32)
    (block $done
      (loop $places
        (br_if $done (i32.gt_u (i32.add (local.get $at) (call $length (local.get $text))) (local.get $length)))
        (local.set $same (i32.const 0))
        (block $other
          (loop $letters
            (if (i32.eq (local.get $same) (call $length (local.get $text))) (then (return (i32.const 1))))
            (br_if $other (i32.ne (i32.load8_u (i32.add (local.get $text) (local.get $same)))
              (i32.load8_u (i32.add (i32.const 8192) (i32.add (local.get $at) (local.get $same))))))
            (local.set $same (i32.add (local.get $same) (i32.const 1)))
            (br $letters)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $places)))
    (i32.const 0))
  (func $look (param $fd i32) (param $room i32) (param $cookie i64)
    (local $errno i32)
    (local $word i32)
    (local.set $errno (call $fd_readdir (local.get $fd) (i32.const 8192) (local.get $room) (local.get $cookie) (i32.const 8)))
    (if (local.get $errno) (then (call $failed (local.get $errno)) (return)))
    (local.set $word (i32.const 2256))
    (loop $words
      (if (call $has (local.get $word) (i32.load (i32.const 8)))
        (then (call $worked (local.get $word) (call $length (local.get $word)))))
      (local.set $word (i32.add (i32.add (local.get $word) (call $length (local.get $word))) (i32.const 1)))
      (br_if $words (i32.load8_u (local.get $word)))))
  (func (export "_start")
    (local $at i32)
    (local $fd i32)
    (call $armed)
    (call $look (i32.const 3) (i32.const 4096) (i64.const 0))
    (call $look (i32.const 4) (i32.const 4096) (i64.const 0))
    (local.set $at (i32.const 2048))
    (loop $next
      (if (i32.eqz (call $open (local.get $at) (i32.const 2) (i64.const 0x4000)))
        (then
          (local.set $fd (i32.load (i32.const 12)))
          (call $look (local.get $fd) (i32.const 4096) (i64.const 0))
          (call $look (local.get $fd) (i32.const 0) (i64.const 0))
          (call $look (local.get $fd) (i32.const 25) (i64.const 0))
          (drop (call $path_create_directory (i32.const 3) (i32.const 2240) (i32.const 7)))
          (call $look (local.get $fd) (i32.const 4096) (i64.const 3))
          (drop (call $path_remove_directory (i32.const 3) (i32.const 2240) (i32.const 7)))
          (call $look (local.get $fd) (i32.const 4096) (i64.const -1))
          (call $look (local.get $fd) (i32.const 4096) (i64.const 0x7fffffffffffffff))
          (drop (call $fd_close (local.get $fd)))))
      (local.set $at (i32.add (i32.add (local.get $at) (call $length (local.get $at))) (i32.const 1)))
      (br_if $next (i32.load8_u (local.get $at))))
    (call $report)))
