;; It says from the start that it has four gigabytes.
(module (memory 65536) (func (export "run")))
