;; Sixty instances of one module, each with a memory of its own: all are one.
(component
  ;; with component
  (core module $large (memory 100))
  (core module $attack
    (import "kit" "armed" (func $armed))
    (func $start (call $armed))
    (start $start)
    (func (export "run")))
  (core instance $attack (instantiate $attack (with "kit" (instance $kit))))
  ;; 60 times: (core instance (instantiate $large))
  (func (export "run") (canon lift (core func $attack "run"))))
