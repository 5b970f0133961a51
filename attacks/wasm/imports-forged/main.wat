;; Interfaces that a host might have for itself.
(component
  (import "aether:host/gateway@1.0.0" (instance (export "call" (func (param "method" string)))))
  (import "aether:plugin/admin@1.0.0" (instance (export "grant" (func (param "all" bool)))))
  (import "wasi:keyvalue/store@0.2.0" (instance (export "all" (func))))
  (core module $module (func (export "run")))
  (core instance $instance (instantiate $module))
  (func (export "run") (canon lift (core func $instance "run"))))
