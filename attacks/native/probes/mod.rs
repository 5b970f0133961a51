//! One file per hostile program. A file that the list leaves out fails a test.

use crate::probe::Probe;

mod account;
mod add_key;
mod ask_semaphore;
mod attach_segment;
mod become_realtime;
mod bind_folder;
#[cfg(target_arch = "x86_64")]
mod calls_of_i386;
#[cfg(target_arch = "x86_64")]
mod calls_of_x32;
mod change_attribute;
mod change_mode;
mod change_others_priority;
mod change_own_bundle;
mod change_owner;
mod change_times;
mod choose_processors;
mod climb_by_kept_folder;
mod climb_by_proc;
mod climb_from_descriptors;
mod climb_from_new_root;
mod climb_from_working_folder;
mod climb_in_user_namespace;
mod clone3_user;
mod clone_user;
mod compare_with_host;
mod connect_abstract;
mod connect_granted_socket;
mod connect_loopback;
mod connect_loopback_mapped;
mod connect_pathname;
mod connect_readonly_socket;
mod connect_services;
mod connect_temporary_socket;
mod connect_to_other_cell;
mod create_in_readonly;
mod create_outside;
mod descriptor_flood;
mod disk_bomb;
mod execute_by_loader;
mod execute_granted;
mod execute_memory;
mod execute_memory_by_path;
mod execute_shared_memory;
mod execute_temporary;
mod find_other_cell;
mod follow_swapped_link;
mod fork_bomb;
mod identify_machine;
mod inherited_environment;
mod inherited_file;
mod inherited_folder;
mod inherited_loader_settings;
mod inode_bomb;
mod io_uring;
mod io_uring_enter;
mod io_uring_register;
mod join_namespaces;
mod leave_cgroup;
mod leave_segment;
mod leave_setuid;
mod limit_others;
mod link_by_descriptor;
mod link_to_secret;
mod list_processes;
mod list_root;
mod listen_for_host;
mod load_bpf;
mod load_kernel;
mod load_module;
mod lock_memory;
mod make_device;
mod make_in_readonly;
mod map_writable_program;
mod measure_performance;
mod memory_bomb;
mod memory_file_bomb;
mod mount_cgroups;
mod mount_fresh_proc;
mod mount_over;
mod move_out;
mod open_by_handle;
mod open_devices;
mod open_file_system;
mod open_mount_tree;
mod open_other_terminals;
mod open_process_handle;
mod open_queue;
mod open_terminal;
mod output_flood;
mod overwrite_launcher;
mod overwrite_own_program;
mod paste_into_console;
mod pipe_bomb;
mod pivot_root;
mod press_system_keys;
mod processor_hog;
mod race_address_buffer;
mod race_path_buffer;
mod raise_capabilities;
mod raise_io_priority;
#[cfg(target_arch = "x86_64")]
mod raise_io_privilege;
mod raise_limits;
mod raise_priority;
mod reach_firewall;
mod read_accounts;
mod read_by_dots;
mod read_command_lines;
mod read_connections;
mod read_environments;
mod read_files_of_other_cell;
mod read_kernel_addresses;
mod read_kernel_memory;
mod read_kernel_messages;
mod read_masked_files;
mod read_memory_file;
mod read_other_cell;
mod read_passwords;
mod read_process_memory;
mod read_queue;
mod read_secret;
mod read_shared_memory;
mod reboot;
mod release_agent;
mod remount_writable;
mod remove_in_readonly;
mod remove_module;
mod remove_own_program;
mod rename_host;
mod reopen_for_writing;
mod request_key;
mod run_setuid;
mod search_keyring;
mod send_datagram;
mod set_clock;
mod set_mount_attributes;
mod shared_memory_bomb;
mod signal_everyone;
mod signal_group;
mod signal_host;
mod signal_other_cell;
mod signal_storm;
mod socket_crypto;
mod socket_netlink;
mod socket_packet;
mod socket_rare;
mod socket_raw;
mod socket_vsock;
mod spare_itself;
mod sparse_bomb;
mod stat_secret;
mod stay_after_subreaper;
mod stay_as_daemon;
mod stay_as_sibling;
mod stay_by_double_fork;
mod stay_by_vfork;
mod stay_deaf;
mod stay_in_namespace;
mod stay_in_session;
mod stay_stopped;
mod steal_descriptor;
mod swap_on;
mod swap_own_folder;
mod swap_own_link;
mod take_signal_filter;
mod temporary_bomb;
mod thread_bomb;
mod trace_child;
mod trace_parent;
mod trace_victim;
mod truncate_readonly;
mod type_into_terminal;
mod type_with_high_bits;
mod unmount_masks;
mod unshare_all;
mod unshare_user;
mod use_capabilities;
mod userfaultfd;
mod watch_all_files;
mod watch_secret;
mod write_core_pattern;
mod write_kernel_log;
mod write_kernel_settings;
mod write_process_memory;
mod write_secret;

/// Every program.
pub(crate) const ALL: &[Probe] = &[
    account::PROBE,
    add_key::PROBE,
    ask_semaphore::PROBE,
    attach_segment::PROBE,
    become_realtime::PROBE,
    bind_folder::PROBE,
    #[cfg(target_arch = "x86_64")]
    calls_of_i386::PROBE,
    #[cfg(target_arch = "x86_64")]
    calls_of_x32::PROBE,
    change_attribute::PROBE,
    change_mode::PROBE,
    change_others_priority::PROBE,
    change_own_bundle::PROBE,
    change_owner::PROBE,
    change_times::PROBE,
    choose_processors::PROBE,
    climb_by_kept_folder::PROBE,
    climb_by_proc::PROBE,
    climb_from_descriptors::PROBE,
    climb_from_new_root::PROBE,
    climb_from_working_folder::PROBE,
    climb_in_user_namespace::PROBE,
    clone3_user::PROBE,
    clone_user::PROBE,
    compare_with_host::PROBE,
    connect_abstract::PROBE,
    connect_granted_socket::PROBE,
    connect_loopback::PROBE,
    connect_loopback_mapped::PROBE,
    connect_pathname::PROBE,
    connect_readonly_socket::PROBE,
    connect_services::PROBE,
    connect_temporary_socket::PROBE,
    connect_to_other_cell::PROBE,
    create_in_readonly::PROBE,
    create_outside::PROBE,
    descriptor_flood::PROBE,
    disk_bomb::PROBE,
    execute_by_loader::PROBE,
    execute_granted::PROBE,
    execute_memory::PROBE,
    execute_memory_by_path::PROBE,
    execute_shared_memory::PROBE,
    execute_temporary::PROBE,
    find_other_cell::PROBE,
    follow_swapped_link::PROBE,
    fork_bomb::PROBE,
    identify_machine::PROBE,
    inherited_environment::PROBE,
    inherited_file::PROBE,
    inherited_folder::PROBE,
    inherited_loader_settings::PROBE,
    inode_bomb::PROBE,
    io_uring::PROBE,
    io_uring_enter::PROBE,
    io_uring_register::PROBE,
    join_namespaces::PROBE,
    leave_cgroup::PROBE,
    leave_segment::PROBE,
    leave_setuid::PROBE,
    limit_others::PROBE,
    link_by_descriptor::PROBE,
    link_to_secret::PROBE,
    list_processes::PROBE,
    list_root::PROBE,
    listen_for_host::PROBE,
    load_bpf::PROBE,
    load_kernel::PROBE,
    load_module::PROBE,
    lock_memory::PROBE,
    make_device::PROBE,
    make_in_readonly::PROBE,
    map_writable_program::PROBE,
    measure_performance::PROBE,
    memory_bomb::PROBE,
    memory_file_bomb::PROBE,
    mount_cgroups::PROBE,
    mount_fresh_proc::PROBE,
    mount_over::PROBE,
    move_out::PROBE,
    open_by_handle::PROBE,
    open_devices::PROBE,
    open_file_system::PROBE,
    open_mount_tree::PROBE,
    open_other_terminals::PROBE,
    open_process_handle::PROBE,
    open_queue::PROBE,
    open_terminal::PROBE,
    output_flood::PROBE,
    overwrite_launcher::PROBE,
    overwrite_own_program::PROBE,
    paste_into_console::PROBE,
    pipe_bomb::PROBE,
    pivot_root::PROBE,
    press_system_keys::PROBE,
    processor_hog::PROBE,
    race_address_buffer::PROBE,
    race_path_buffer::PROBE,
    raise_capabilities::PROBE,
    raise_io_priority::PROBE,
    #[cfg(target_arch = "x86_64")]
    raise_io_privilege::PROBE,
    raise_limits::PROBE,
    raise_priority::PROBE,
    reach_firewall::PROBE,
    read_accounts::PROBE,
    read_by_dots::PROBE,
    read_command_lines::PROBE,
    read_connections::PROBE,
    read_environments::PROBE,
    read_files_of_other_cell::PROBE,
    read_kernel_addresses::PROBE,
    read_kernel_memory::PROBE,
    read_kernel_messages::PROBE,
    read_masked_files::PROBE,
    read_memory_file::PROBE,
    read_other_cell::PROBE,
    read_passwords::PROBE,
    read_process_memory::PROBE,
    read_queue::PROBE,
    read_secret::PROBE,
    read_shared_memory::PROBE,
    reboot::PROBE,
    release_agent::PROBE,
    remount_writable::PROBE,
    remove_in_readonly::PROBE,
    remove_module::PROBE,
    remove_own_program::PROBE,
    rename_host::PROBE,
    reopen_for_writing::PROBE,
    request_key::PROBE,
    run_setuid::PROBE,
    search_keyring::PROBE,
    send_datagram::PROBE,
    set_clock::PROBE,
    set_mount_attributes::PROBE,
    shared_memory_bomb::PROBE,
    signal_everyone::PROBE,
    signal_group::PROBE,
    signal_host::PROBE,
    signal_other_cell::PROBE,
    signal_storm::PROBE,
    socket_crypto::PROBE,
    socket_netlink::PROBE,
    socket_packet::PROBE,
    socket_rare::PROBE,
    socket_raw::PROBE,
    socket_vsock::PROBE,
    spare_itself::PROBE,
    sparse_bomb::PROBE,
    stat_secret::PROBE,
    stay_after_subreaper::PROBE,
    stay_as_daemon::PROBE,
    stay_as_sibling::PROBE,
    stay_by_double_fork::PROBE,
    stay_by_vfork::PROBE,
    stay_deaf::PROBE,
    stay_in_namespace::PROBE,
    stay_in_session::PROBE,
    stay_stopped::PROBE,
    steal_descriptor::PROBE,
    swap_on::PROBE,
    swap_own_folder::PROBE,
    swap_own_link::PROBE,
    take_signal_filter::PROBE,
    temporary_bomb::PROBE,
    thread_bomb::PROBE,
    trace_child::PROBE,
    trace_parent::PROBE,
    trace_victim::PROBE,
    truncate_readonly::PROBE,
    type_into_terminal::PROBE,
    type_with_high_bits::PROBE,
    unmount_masks::PROBE,
    unshare_all::PROBE,
    unshare_user::PROBE,
    use_capabilities::PROBE,
    userfaultfd::PROBE,
    watch_all_files::PROBE,
    watch_secret::PROBE,
    write_core_pattern::PROBE,
    write_kernel_log::PROBE,
    write_kernel_settings::PROBE,
    write_process_memory::PROBE,
    write_secret::PROBE,
];
