;; The oldest one, in three forms.
(module
  ;; with program
  (table 1 funcref)
  (type $plain (func))
  (func $back (call_indirect (type $plain) (i32.const 0)))
  (elem (i32.const 0) $forth)
  (func $forth (return_call_indirect (type $plain) (i32.const 0)))
  (func (export "run") (result i32)
    (call $armed)
    (call $back)
    (i32.const 0)))
