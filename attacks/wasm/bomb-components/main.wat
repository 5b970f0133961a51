;; A component in a component in a component.
(component
  ;; 20 times: (component
  ;; 20 times: )
  (core module $module (func (export "run")))
  (core instance $instance (instantiate $module))
  (func (export "run") (canon lift (core func $instance "run"))))
