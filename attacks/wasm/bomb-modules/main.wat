;; A thousand modules, each of which is compiled by itself.
(component
  ;; 600 times: (core module)
  (core module $module (func (export "run")))
  (core instance $instance (instantiate $module))
  (func (export "run") (canon lift (core func $instance "run"))))
