;; A module with machine code in a section of its own name, and another file behind its end.
(module binary "\00asm\01\00\00\00" "\00\0d\08.aot-elf\7fELF" "\7fELF\02\01\01\c8\00\00\00\00\00\00\00\00")
