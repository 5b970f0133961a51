;; A line of the log after the other, with as many facts as there is room for.
(component
  ;; with component
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "noted" (func $noted (result i32)))
    (func (export "run") (result i32)
      (call $armed)
      (loop $next (call $armed) (br $next))
      (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
