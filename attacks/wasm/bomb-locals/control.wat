(module
  (func (export "run")
  ;; 1000 times: (local i32)
  ))
