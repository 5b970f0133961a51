;; What is offered is what the product's own compiler made of this, to the last byte.
(module
  (func (export "run") (result i32) (i32.const 1)))
