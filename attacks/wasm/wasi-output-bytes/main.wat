;; What it prints is no text.
(module
  ;; with program
  (data (i32.const 2048) "{\"a\":\"\ff\fe\ed\a0\80\"}")
  (func (export "_start")
    (call $armed)
    (drop (call $write (i32.const 2) (i32.const 2048) (i32.const 13)))
    (drop (call $write (i32.const 1) (i32.const 2048) (i32.const 13)))))
