;; Memory that another thread writes is a clock.
(module (memory 1 1 shared) (func (export "run")))
