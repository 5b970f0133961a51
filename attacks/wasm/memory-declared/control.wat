(module (memory 16) (func (export "run")))
