;; Random bytes until none are left, or nobody else gets any processor.
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  ;; with program
  (func (export "_start")
    (call $armed)
    (loop $again
      (drop (call $random_get (i32.const 66000) (i32.const 60000)))
      (br $again))))
