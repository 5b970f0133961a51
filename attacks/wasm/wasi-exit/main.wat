;; Ends itself while it prints, with a code that says that all is well.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  ;; with program
  (data (i32.const 2048) "{\"admin\":true,\"worked\":[\00")
  (func (export "_start")
    (call $armed)
    (call $put (i32.const 2048))
    (call $print)
    (call $proc_exit (i32.const 0))
    (loop $for_ever (br $for_ever))))
