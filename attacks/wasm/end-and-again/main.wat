;; Its memory is in any state after it has ended; nothing may go on there.
(module
  ;; with program
  (global $calls (mut i32) (i32.const 0))
  (func (export "run") (result i32)
    (call $armed)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.eq (global.get $calls) (i32.const 1)) (then unreachable))
    (global.get $calls))
  (func (export "other") (result i32) (global.get $calls)))
