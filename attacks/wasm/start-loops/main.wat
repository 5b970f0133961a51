;; The module's own start: it runs before anything is called.
(component
  ;; with component
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "noted" (func $noted (result i32)))
    (func $start (call $armed) (loop $for_ever (br $for_ever)))
    (start $start)
    (func (export "run") (result i32) (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
