;; A handle of one kind in the place of another: the host must not take it for what it is not.
(component
  ;; with component
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.ready" (func (param "self" (borrow $pollable)) (result bool)))))
  (import "wasi:http/types@0.2.0" (instance $http
    (export "fields" (type $fields (sub resource)))
    (export "[constructor]fields" (func (result (own $fields))))))
  (core func $ready (canon lower (func $poll "[method]pollable.ready")))
  (core func $fields (canon lower (func $http "[constructor]fields")))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "noted" (func $noted (result i32)))
    (import "host" "ready" (func $ready (param i32) (result i32)))
    (import "host" "fields" (func $fields (result i32)))
    (func (export "run") (result i32)
      (call $armed)
      (drop (call $ready (call $fields)))
      (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "host" (instance (export "ready" (func $ready)) (export "fields" (func $fields))))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
