;; A module whose section says that it is larger than the file.
(module binary "\00asm\01\00\00\00" "\01\ff\ff\ff\ff\07\01")
