;; Four thousand million elements in eight bytes.
(module (table 4000000000 funcref) (func (export "run")))
