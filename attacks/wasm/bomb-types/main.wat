;; Each type is a pair of the one before: the last has more parts than there are atoms on a beach.
(component
  (core module $module (func (export "run") (result i32) (i32.const 0)))
  (core instance $instance (instantiate $module))
  (type $t0 u8)
  ;; 60 times: (type $t{i} (tuple $t{i-1} $t{i-1}))
  (type $bomb (func (result $t60)))
  (func (export "run") (type $bomb) (canon lift (core func $instance "run"))))
