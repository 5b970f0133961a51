;; Its result and its log would steer a terminal and run a script in a report.
(module
  ;; with program
  (data (i32.const 2048) "\"\1b]0;owned\07\1b[2J\1b[31m<script>alert(1)</script>\e2\80\ae\e2\80\8b\0d\"\0a\00")
  (func (export "_start")
    (call $armed)
    (drop (call $write (i32.const 2) (i32.const 2048) (call $length (i32.const 2048))))
    (call $put (i32.const 2048))
    (call $print)))
