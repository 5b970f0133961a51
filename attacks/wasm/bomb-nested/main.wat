;; Blocks in blocks, of which some compilers keep a stack.
(module
  ;; with program
  (func (export "run") (result i32)
    (call $armed)
    ;; 20000 times: block
    ;; 20000 times: end
    (i32.const 1)))
