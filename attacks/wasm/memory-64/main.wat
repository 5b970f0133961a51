;; Memory of more than four gigabytes has no room around it that is nobody's.
(module (memory i64 1) (func (export "run") (drop (i32.load (i64.const 0x7fffffffffff)))))
