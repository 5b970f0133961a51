;; Names that only a trap tells: a function's is a page that moves the cursor and runs in a report.
(module
  ;; with program
  (func $"\1b[2J\1b]0;owned\07<script>alert(1)</script>\e2\80\ae\0a    at aether::host (main.rs:1)" unreachable)
  (func (export "run") (call $armed) (call $"\1b[2J\1b]0;owned\07<script>alert(1)</script>\e2\80\ae\0a    at aether::host (main.rs:1)")))
