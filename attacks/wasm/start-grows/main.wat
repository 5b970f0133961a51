;; The module's own start takes all the memory, gives up, and is started once more.
(component
  ;; with component
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "noted" (func $noted (result i32)))
    (func $start
      (call $armed)
      (loop $next (br_if $next (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
      unreachable)
    (start $start)
    (func (export "run") (result i32) (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
