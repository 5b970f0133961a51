;; The variable that every thief knows, by its name: the failure is the method's own.
(component
  ;; with component
  (import "aether:plugin/env@1.0.0" (instance $env
    (type $errors (record (field "code" string) (field "message" string) (field "facts" string)))
    (export "error" (type $error (eq $errors)))
    (export "get" (func (param "name" string) (result (result (option string) (error $error)))))))
  (alias export $env "error" (type $error))
  (core func $get (canon lower (func $env "get") (memory $memory) (realloc $realloc)))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "host" "get" (func $get (param i32 i32 i32)))
    (data (i32.const 2048) "AWS_SECRET_ACCESS_KEY")
    (func (export "run") (result i32)
      (call $armed)
      (call $get (i32.const 2048) (i32.const 21) (i32.const 2400))
      (i32.const 2400)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "host" (instance (export "get" (func $get))))))
  (func (export "run") (result (result (option string) (error $error))) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
