//! One file per attack. A file that the list leaves out fails a test.

use crate::Attack;

mod abort_other;
mod add_key;
mod adjust_clock;
mod adopt_orphans;
mod answer_own_calls;
mod ask_bounding_set;
mod ask_host_limits;
mod ask_kernel_log;
mod ask_peer;
mod ask_robust_list;
mod ask_system_load;
mod ask_system_name;
mod become_dumpable;
mod become_root;
mod bind_loopback;
#[cfg(target_arch = "x86_64")]
mod calls_of_i386;
#[cfg(target_arch = "x86_64")]
mod calls_of_vsyscall;
#[cfg(target_arch = "x86_64")]
mod calls_of_x32;
mod catch_signals;
mod change_attribute;
mod change_directory;
mod change_groups;
mod change_mode;
mod change_mount;
mod change_priority;
mod change_root;
mod change_scheduling;
#[cfg(target_arch = "x86_64")]
mod change_segments;
mod change_user;
mod check_access;
mod choose_processor;
mod clone_into_user_namespace;
mod compare_processes;
mod connect_abstract;
mod connect_loopback;
mod copy_descriptor;
mod copy_descriptor_by_fcntl;
mod create_file;
mod enlarge_pipe;
mod execute_file;
mod execute_memory;
mod filter_gateway;
mod filter_itself;
mod filter_itself_by_prctl;
#[cfg(target_arch = "x86_64")]
mod fork;
mod fork_bomb;
mod fork_by_clone;
mod fork_by_clone3;
mod inherit_priority;
mod inherited_descriptors;
mod inherited_environment;
mod invite_tracer;
mod io_uring;
mod join_namespace;
mod lease_file;
mod link_file;
mod link_symbolically;
mod list_root;
mod load_bpf;
mod load_module;
mod lock_memory;
mod make_counter;
mod make_executable;
mod make_executable_by_key;
mod make_node;
mod make_poller;
mod make_timer;
mod map_executable;
mod map_twice;
mod measure_other;
mod measure_performance;
mod memory_file_executable;
mod memory_file_huge;
mod memory_secret;
mod merge_pages;
mod mount;
mod move_mount;
mod name_to_handle;
mod new_namespaces;
mod new_user_namespace;
mod open_by_handle;
mod open_extended;
mod open_file_system;
mod open_host_environment;
mod open_host_process;
mod open_kernel_messages;
mod open_kernel_setting;
#[cfg(target_arch = "x86_64")]
mod open_legacy;
mod open_memory_device;
mod open_own_memory;
mod open_own_program;
mod open_passwd;
mod open_shadow;
mod open_tree;
mod outlive_host;
mod own_signals;
mod pivot_root;
mod queue_signal;
mod quota;
#[cfg(target_arch = "x86_64")]
mod raise_io_privilege;
mod raise_limit;
mod read_implies_execute;
mod read_link;
mod read_other;
mod read_self;
mod reboot;
mod remove_file;
mod rename_file;
mod rename_host;
mod rename_itself;
mod request_key;
mod send_urgent;
mod send_urgent_message;
mod set_interval;
mod set_timer;
mod share_memory;
mod share_message_queue;
mod share_queue;
mod share_semaphore;
mod signal_by_handle;
mod signal_everyone;
mod signal_host;
mod signal_on_input;
mod signal_thread;
mod signal_thread_legacy;
mod socket_crypto;
mod socket_inet;
mod socket_inet6;
mod socket_netlink;
mod socket_packet;
mod socket_pair;
mod socket_raw;
mod socket_unix;
mod socket_vsock;
mod splice;
mod splice_memory;
#[cfg(target_arch = "x86_64")]
mod stat_by_path;
mod stat_extended;
mod stat_file_system;
mod steal_descriptor;
mod swap_on;
mod take_capabilities;
mod take_descriptors;
mod take_disk;
mod take_heap;
mod take_huge_pages;
mod take_memory_files;
mod take_shared_memory;
mod trace_me;
mod trace_other;
mod type_into_terminal;
mod unmount;
mod use_key_ring;
mod userfaultfd;
#[cfg(target_arch = "x86_64")]
mod vfork;
mod watch_all_files;
mod watch_files;
mod write_other;

/// Every attack, by name.
pub const ALL: &[Attack] = &[
    abort_other::ATTACK,
    add_key::ATTACK,
    adjust_clock::ATTACK,
    adopt_orphans::ATTACK,
    answer_own_calls::ATTACK,
    ask_bounding_set::ATTACK,
    ask_host_limits::ATTACK,
    ask_kernel_log::ATTACK,
    ask_peer::ATTACK,
    ask_robust_list::ATTACK,
    ask_system_load::ATTACK,
    ask_system_name::ATTACK,
    become_dumpable::ATTACK,
    become_root::ATTACK,
    bind_loopback::ATTACK,
    #[cfg(target_arch = "x86_64")]
    calls_of_i386::ATTACK,
    #[cfg(target_arch = "x86_64")]
    calls_of_vsyscall::ATTACK,
    #[cfg(target_arch = "x86_64")]
    calls_of_x32::ATTACK,
    catch_signals::ATTACK,
    change_attribute::ATTACK,
    change_directory::ATTACK,
    change_groups::ATTACK,
    change_mode::ATTACK,
    change_mount::ATTACK,
    change_priority::ATTACK,
    change_root::ATTACK,
    change_scheduling::ATTACK,
    #[cfg(target_arch = "x86_64")]
    change_segments::ATTACK,
    change_user::ATTACK,
    check_access::ATTACK,
    choose_processor::ATTACK,
    clone_into_user_namespace::ATTACK,
    compare_processes::ATTACK,
    connect_abstract::ATTACK,
    connect_loopback::ATTACK,
    copy_descriptor::ATTACK,
    copy_descriptor_by_fcntl::ATTACK,
    create_file::ATTACK,
    enlarge_pipe::ATTACK,
    execute_file::ATTACK,
    execute_memory::ATTACK,
    filter_gateway::ATTACK,
    filter_itself::ATTACK,
    filter_itself_by_prctl::ATTACK,
    #[cfg(target_arch = "x86_64")]
    fork::ATTACK,
    fork_bomb::ATTACK,
    fork_by_clone::ATTACK,
    fork_by_clone3::ATTACK,
    inherit_priority::ATTACK,
    inherited_descriptors::ATTACK,
    inherited_environment::ATTACK,
    invite_tracer::ATTACK,
    io_uring::ATTACK,
    join_namespace::ATTACK,
    lease_file::ATTACK,
    link_file::ATTACK,
    link_symbolically::ATTACK,
    list_root::ATTACK,
    load_bpf::ATTACK,
    load_module::ATTACK,
    lock_memory::ATTACK,
    make_counter::ATTACK,
    make_executable::ATTACK,
    make_executable_by_key::ATTACK,
    make_node::ATTACK,
    make_poller::ATTACK,
    make_timer::ATTACK,
    map_executable::ATTACK,
    map_twice::ATTACK,
    measure_other::ATTACK,
    measure_performance::ATTACK,
    memory_file_executable::ATTACK,
    memory_file_huge::ATTACK,
    memory_secret::ATTACK,
    merge_pages::ATTACK,
    mount::ATTACK,
    move_mount::ATTACK,
    name_to_handle::ATTACK,
    new_namespaces::ATTACK,
    new_user_namespace::ATTACK,
    open_by_handle::ATTACK,
    open_extended::ATTACK,
    open_file_system::ATTACK,
    open_host_environment::ATTACK,
    open_host_process::ATTACK,
    open_kernel_messages::ATTACK,
    open_kernel_setting::ATTACK,
    #[cfg(target_arch = "x86_64")]
    open_legacy::ATTACK,
    open_memory_device::ATTACK,
    open_own_memory::ATTACK,
    open_own_program::ATTACK,
    open_passwd::ATTACK,
    open_shadow::ATTACK,
    open_tree::ATTACK,
    outlive_host::ATTACK,
    own_signals::ATTACK,
    pivot_root::ATTACK,
    queue_signal::ATTACK,
    quota::ATTACK,
    #[cfg(target_arch = "x86_64")]
    raise_io_privilege::ATTACK,
    raise_limit::ATTACK,
    read_implies_execute::ATTACK,
    read_link::ATTACK,
    read_other::ATTACK,
    read_self::ATTACK,
    reboot::ATTACK,
    remove_file::ATTACK,
    rename_file::ATTACK,
    rename_host::ATTACK,
    rename_itself::ATTACK,
    request_key::ATTACK,
    send_urgent::ATTACK,
    send_urgent_message::ATTACK,
    set_interval::ATTACK,
    set_timer::ATTACK,
    share_memory::ATTACK,
    share_message_queue::ATTACK,
    share_queue::ATTACK,
    share_semaphore::ATTACK,
    signal_by_handle::ATTACK,
    signal_everyone::ATTACK,
    signal_host::ATTACK,
    signal_on_input::ATTACK,
    signal_thread::ATTACK,
    signal_thread_legacy::ATTACK,
    socket_crypto::ATTACK,
    socket_inet::ATTACK,
    socket_inet6::ATTACK,
    socket_netlink::ATTACK,
    socket_packet::ATTACK,
    socket_pair::ATTACK,
    socket_raw::ATTACK,
    socket_unix::ATTACK,
    socket_vsock::ATTACK,
    splice::ATTACK,
    splice_memory::ATTACK,
    #[cfg(target_arch = "x86_64")]
    stat_by_path::ATTACK,
    stat_extended::ATTACK,
    stat_file_system::ATTACK,
    steal_descriptor::ATTACK,
    swap_on::ATTACK,
    take_capabilities::ATTACK,
    take_descriptors::ATTACK,
    take_disk::ATTACK,
    take_heap::ATTACK,
    take_huge_pages::ATTACK,
    take_memory_files::ATTACK,
    take_shared_memory::ATTACK,
    trace_me::ATTACK,
    trace_other::ATTACK,
    type_into_terminal::ATTACK,
    unmount::ATTACK,
    use_key_ring::ATTACK,
    userfaultfd::ATTACK,
    #[cfg(target_arch = "x86_64")]
    vfork::ATTACK,
    watch_all_files::ATTACK,
    watch_files::ATTACK,
    write_other::ATTACK,
];
