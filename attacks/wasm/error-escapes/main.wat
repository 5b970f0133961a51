;; An error of its own whose code and words would steer a terminal and run in a report.
(component
  ;; with component
  (type $fails (record (field "code" string) (field "message" string)))
  (export $failed "failed" (type $fails))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (data (i32.const 2048) "\1b[2J\1b]0;owned\07<script>alert(1)</script>\e2\80\ae")
    (func (export "run") (result i32)
      (call $armed)
      (i32.store8 (i32.const 2200) (i32.const 1))
      (i32.store (i32.const 2204) (i32.const 2048))
      (i32.store (i32.const 2208) (i32.const 42))
      (i32.store (i32.const 2212) (i32.const 2048))
      (i32.store (i32.const 2216) (i32.const 1000000))
      (i32.const 2200)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (func (export "run") (result (result (error $failed))) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
