;; Addresses of this machine, of its network, of its cloud, in every spelling; one name is granted.
(component
  ;; with component
  (import "aether:plugin/token@1.0.0" (instance $token (export "token" (type (sub resource)))))
  (alias export $token "token" (type $handle))
  (import "aether:plugin/http@1.0.0" (instance $http
    (type $errors (record (field "code" string) (field "message" string) (field "facts" string)))
    (export "error" (type $error (eq $errors)))
    (alias outer 1 $handle (type $token))
    (type $ways (enum "follow" "error" "manual"))
    (export "redirect" (type $redirect (eq $ways)))
    (type $requests (record (field "method" string) (field "url" string) (field "headers" (list (tuple string string)))
      (field "body" (option (list u8))) (field "redirect" $redirect)))
    (export "request" (type $request (eq $requests)))
    (type $responses (record (field "status" u16) (field "reason" string) (field "url" string) (field "redirected" bool)
      (field "headers" (list (tuple string string)))))
    (export "response" (type $response (eq $responses)))
    (export "fetch" (func (param "request" $request) (param "token" (option (borrow $token)))
      (result (result (tuple $response (list u8)) (error $error)))))))
  (core func $fetch (canon lower (func $http "fetch") (memory $memory) (realloc $realloc)))
  (core module $attack
    (import "lib" "memory" (memory 16))
    (import "kit" "armed" (func $armed))
    (import "kit" "outcome" (func $outcome (param i32)))
    (import "kit" "noted" (func $noted (result i32)))
    (import "host" "fetch" (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
    (data (i32.const 2048) "GET")
    (data (i32.const 2064)
      "http://127.0.0.1:22/\00http://localhost/\00http://[::1]:22/\00http://[::ffff:127.0.0.1]/\00http://2130706433/\00http://0x7f.1/\00"
      "http://0177.0.0.1/\00http://127.1/\00http://0/\00http://169.254.169.254/latest/meta-data/\00http://[fd00:ec2::254]/\00"
      "http://example.com@127.0.0.1/\00http://127.0.0.1#example.com/\00http://example.com.evil.test/\00http://evil.test/?example.com\00"
      "file:///etc/passwd\00unix:/run/docker.sock\00gopher://127.0.0.1:22/\00ftp://example.com/\00data:text/plain,x\00//example.com/\00"
      "http://example.com:22/\00http://EXAMPLE.com.:22/\00http://example.com\5c@127.0.0.1/\00http://127.0.0.1\0d\0aHost: example.com/\00\00")
    (func $length (param $text i32) (result i32)
      (local $at i32)
      (local.set $at (local.get $text))
      (loop $next
        (if (i32.load8_u (local.get $at))
          (then (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $next))))
      (i32.sub (local.get $at) (local.get $text)))
    (func (export "run") (result i32)
      (local $at i32)
      (call $armed)
      (local.set $at (i32.const 2064))
      (loop $next
        (call $fetch (i32.const 2048) (i32.const 3) (local.get $at) (call $length (local.get $at)) (i32.const 0) (i32.const 0)
          (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 3800))
        (call $outcome (i32.const 3800))
        (local.set $at (i32.add (i32.add (local.get $at) (call $length (local.get $at))) (i32.const 1)))
        (br_if $next (i32.load8_u (local.get $at))))
      (call $noted)))
  (core instance $attack (instantiate $attack (with "lib" (instance $lib)) (with "kit" (instance $kit))
    (with "host" (instance (export "fetch" (func $fetch))))))
  (func (export "run") (result (list string)) (canon lift (core func $attack "run") (memory $memory) (realloc $realloc))))
