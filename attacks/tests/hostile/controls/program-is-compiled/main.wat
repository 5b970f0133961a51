;; There is nothing wrong with it.
(module (func (export "run") (result i32) (i32.const 1)))
