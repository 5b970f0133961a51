;; The beginning of what the engine makes of WebAssembly for itself: machine code that would be run as it is.
(module binary "\7fELF\02\01\01\c8\00\00\00\00\00\00\00\00\01\00\3e\00\01\00\00\00")
