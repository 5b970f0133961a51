;; As deep as the stack is, with much on it, through a table and out of a host's call.
(module
  ;; with program
  (table 1 funcref)
  (type $deep (func (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (elem (i32.const 0) $down)
  (func $down (type $deep)
    (i64.add (local.get 0)
      (call_indirect (type $deep) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6)
        (local.get 7) (local.get 0) (i32.const 0))))
  (func (export "run") (result i64)
    (call $armed)
    (call $down (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8))))
