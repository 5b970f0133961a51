(module
  (func (export "run")
    (block $caught (br $caught))))
