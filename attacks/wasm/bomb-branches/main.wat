;; A function whose every branch leads to every other: what a compiler does with it grows faster than it.
(module
  ;; with program
  (func (export "run") (result i32)
    (local $at i32)
    (local i64 i64 i64 i64 i64 i64 i64 i64)
    (call $armed)
    ;; 1000 times: (block (br_if 0 (i64.eqz (local.get 1))) (local.set 1 (i64.add (local.get 2) (local.get 3))) (local.set 3 (i64.mul (local.get 1) (local.get 8))) (loop (br_if 0 (i64.lt_u (local.get 3) (local.get 1)))))
    (i32.const 1)))
