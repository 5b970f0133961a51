;; Functions of other hosts, which do what they like.
(module
  (import "env" "system" (func (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_raise" (func (param i32) (result i32)))
  (import "wasi_unstable" "path_open" (func (result i32)))
  (import "wasix_32v1" "proc_exec" (func (param i32)))
  (import "\1b[2J<script>alert(1)</script>" "\e2\80\ae" (func))
  (func (export "run")))
