(module
  ;; 20000 times: (func)
  (func (export "run")))
