;; The adapter of preview 1 keeps what it knows, descriptors among it, in the plugin's own memory, behind
;; what the plugin has. Every number there becomes every other number.
(module
  ;; with program
  (data (i32.const 2048) "private/secret.txt\00secret.txt\00../outside/secret.txt\00\00")
  (func (export "_start")
    (local $at i32)
    (local $value i32)
    (local $small i32)
    (call $armed)
    (call $read_all (i32.const 2048))
    (local.set $value (i32.const 0))
    (loop $values
      (local.set $at (i32.const 1048576))
      (loop $next
        (local.set $small (i32.load (local.get $at)))
        (if (i32.and (i32.gt_u (local.get $small) (i32.const 0)) (i32.lt_u (local.get $small) (i32.const 12)))
          (then (i32.store (local.get $at) (local.get $value))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br_if $next (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
      (call $read_all (i32.const 2048))
      (local.set $value (i32.add (local.get $value) (i32.const 1)))
      (br_if $values (i32.lt_u (local.get $value) (i32.const 40))))
    (call $report)))
