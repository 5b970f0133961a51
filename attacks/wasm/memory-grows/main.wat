;; Memory until there is no more, each page of it written, and then as much again at once.
(module
  ;; with program
  (func (export "run") (result i32)
    (local $page i32)
    (call $armed)
    (block $full
      (loop $next
        (local.set $page (memory.grow (i32.const 8)))
        (br_if $full (i32.eq (local.get $page) (i32.const -1)))
        (memory.fill (i32.mul (local.get $page) (i32.const 65536)) (i32.const 1) (i32.const 524288))
        (br_if $next (i32.lt_u (local.get $page) (i32.const 4000)))))
    (if (i32.ne (memory.grow (i32.const 60000)) (i32.const -1)) (then (return (i32.const -1))))
    (i32.lt_u (memory.size) (i32.const 1025))))
