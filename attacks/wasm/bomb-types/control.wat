(component
  (core module $module (func (export "run")))
  (core instance $instance (instantiate $module))
  (type $t0 u8)
  ;; 3 times: (type $t{i} (tuple $t{i-1} $t{i-1}))
  (func (export "run") (canon lift (core func $instance "run"))))
