(module (memory 1 1) (func (export "run")))
