;; Its twin is refused too, so its refusal says nothing.
(module (table 4000000000 funcref) (func (export "run")))
