;; Each handle is something that the host keeps.
(component
  ;; with component
  (import "wasi:http/types@0.2.0" (instance $http
    (export "fields" (type $fields (sub resource)))
    (export "[constructor]fields" (func (result (own $fields))))))
  (core func $fields (canon lower (func $http "[constructor]fields")))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "noted" (func $noted (result i32)))
    (import "host" "fields" (func $fields (result i32)))
    (func (export "run") (result i32)
      (call $armed)
      (loop $next
        (drop (call $fields))
        (br $next))
      (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "host" (instance (export "fields" (func $fields))))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
