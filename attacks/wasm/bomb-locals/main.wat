;; A function with more variables than any may have.
(module
  (func (export "run")
  ;; 50001 times: (local i32)
  ))
