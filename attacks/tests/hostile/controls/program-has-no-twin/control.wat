(module (table 4000000001 funcref) (func (export "run")))
