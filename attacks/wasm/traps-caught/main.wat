;; Code that catches everything would catch its own end.
(module
  (func (export "run")
    (loop $for_ever
      (block $caught (try_table (catch_all $caught) (loop $inner (br $inner))))
      (br $for_ever))))
