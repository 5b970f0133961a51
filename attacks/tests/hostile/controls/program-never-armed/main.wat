;; It ends before its probe.
(module
  ;; with program
  (func (export "_start") (call $report)))
