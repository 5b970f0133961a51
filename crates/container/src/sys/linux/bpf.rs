//! A small assembler for seccomp filters, allow-lists and deny-lists with argument checks, and an
//! interpreter for what it makes.
//!
//! Classic BPF over `struct seccomp_data` (seccomp(2)). Checks look at the low 32 bits of an
//! argument where the kernel itself reads an `int` or flag bits in the low word; see each rule.

use libc::sock_filter;

use super::notify::{Fate, Trap};

/// The calls' architecture as the kernel names it.
#[cfg(target_arch = "x86_64")]
const ARCH: u32 = 0xc000_003e;
/// The calls' architecture as the kernel names it.
#[cfg(target_arch = "aarch64")]
const ARCH: u32 = 0xc000_00b7;

/// x32 calls carry this bit in their number and share the x86-64 architecture value.
#[cfg(target_arch = "x86_64")]
const X32_BIT: u32 = 0x4000_0000;

/// The first number that is one below zero, which is no call in any table. `syscall(-1)` is how
/// programs, and tracers on their behalf, make a call that does nothing.
const BELOW_ZERO: u32 = 0x8000_0000;

const OFFSET_NUMBER: u32 = 0;
const OFFSET_ARCH: u32 = 4;
const OFFSET_ARGUMENTS: u32 = 16;

const LOAD_WORD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const JUMP_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const JUMP_AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
const JUMP_ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// A condition on the low 32 bits of one argument.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// None of these bits is set.
    NoBits(u32),
    /// It is one of these values.
    OneOf(&'static [u32]),
    /// It is the number of the process that installs the filter.
    OwnPid,
    /// All of these bits are set.
    AllBits(u32),
    /// It is none of these values.
    NoneOf(&'static [u32]),
    /// It is the second value, if the first argument is the first one.
    If(u32, u32),
}

/// What a filter says to a call that is told to the host.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// To one that does not happen.
    pub(super) refuse: u32,
    /// To one that goes on.
    pub(super) note: u32,
}

/// One entry of an allow-list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// The call's number.
    pub(super) number: libc::c_long,
    /// Which argument must pass which check; all of them.
    pub(super) checks: &'static [(u8, Check)],
    /// Which code path needs it.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the test that demands a reason"))]
    pub(super) reason: &'static str,
}

const fn statement(code: u16, k: u32) -> sock_filter {
    sock_filter { code, jt: 0, jf: 0, k }
}

const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

/// The answer to a call that the kernel does not have.
const ABSENT: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

/// The filter: `rules` are allowed, calls that are `absent` do not exist, everything else gets
/// `otherwise`, and a foreign architecture ends the process, whatever the call: its numbers mean
/// something else.
pub(super) fn assemble(
    rules: &[Rule],
    absent: &[libc::c_long],
    own_pid: u32,
    otherwise: u32,
) -> Vec<sock_filter> {
    let mut program = prologue(libc::SECCOMP_RET_KILL_PROCESS);
    for rule in rules {
        append(&mut program, rule.number, block(rule.checks, own_pid, otherwise));
    }
    for number in absent {
        append(&mut program, *number, vec![statement(RETURN, ABSENT)]);
    }
    program.push(statement(RETURN, otherwise));
    program
}

/// The filter: these calls end the process where the argument has one of these bits; everything else
/// is up to the filters before.
pub(super) fn assemble_denials(
    numbers: &[libc::c_long],
    (argument, bits): (u8, u32),
) -> Vec<sock_filter> {
    let mut program = prologue(libc::SECCOMP_RET_KILL_PROCESS);
    for number in numbers {
        let block = block(&[(argument, Check::NoBits(bits))], 0, libc::SECCOMP_RET_KILL_PROCESS);
        append(&mut program, *number, block);
    }
    program.push(statement(RETURN, libc::SECCOMP_RET_ALLOW));
    program
}

/// The filter: what is on the lists meets its fate, every other call that they could know happens,
/// and a newer one is not there. A call that passes the checks of one list is up to the next.
pub(super) fn assemble_traps(lists: &[&[Trap]], words: Words) -> Vec<sock_filter> {
    const UNSUPPORTED: u32 = libc::SECCOMP_RET_ERRNO | libc::EOPNOTSUPP as u32;
    // No list asks for the own process: it is of no use to programs that make others.
    const NOBODY: u32 = u32::MAX;
    let mut program = prologue(ABSENT);
    program.extend([jump(JUMP_AT_LEAST, FIRST_UNKNOWN, 0, 1), statement(RETURN, ABSENT)]);
    for trap in lists.iter().copied().flatten() {
        let answer = match trap.fate {
            Fate::Refuse => words.refuse,
            Fate::Absent => ABSENT,
            Fate::Unsupported => UNSUPPORTED,
            Fate::Note => words.note,
        };
        let block = match trap.unless {
            [] => vec![statement(RETURN, answer)],
            checks => {
                let mut block = conditions(checks, NOBODY, answer);
                block.push(statement(LOAD_WORD, OFFSET_NUMBER));
                block
            }
        };
        append(&mut program, trap.number, block);
    }
    program.push(statement(RETURN, libc::SECCOMP_RET_ALLOW));
    program
}

/// What a filter says to a call of this architecture, as the kernel runs it. `None` for a program
/// that the functions above do not make.
pub(super) fn run(program: &[sock_filter], number: u32, arguments: [u64; 6]) -> Option<u32> {
    interpret(program, ARCH, number, arguments)
}

fn interpret(program: &[sock_filter], arch: u32, number: u32, arguments: [u64; 6]) -> Option<u32> {
    let load = |offset: u32| match offset {
        OFFSET_NUMBER => Some(number),
        OFFSET_ARCH => Some(arch),
        // Only low words are loaded.
        _ if offset.checked_sub(OFFSET_ARGUMENTS)? % 8 != 0 => None,
        _ => arguments.get((offset - OFFSET_ARGUMENTS) as usize / 8).map(|&word| word as u32),
    };
    let (mut at, mut word) = (0usize, 0u32);
    // Jumps go forward only, so this ends.
    loop {
        let op = program.get(at)?;
        at += 1;
        let jump = |taken: bool| usize::from(if taken { op.jt } else { op.jf });
        match op.code {
            LOAD_WORD => word = load(op.k)?,
            JUMP_EQUAL => at += jump(word == op.k),
            JUMP_ANY_BIT => at += jump(word & op.k != 0),
            JUMP_AT_LEAST => at += jump(word >= op.k),
            AND => word &= op.k,
            RETURN => return Some(op.k),
            _ => return None,
        }
    }
}

/// The first number after the calls of Linux 6.18, which this list was written for. What comes
/// later may be anything.
const FIRST_UNKNOWN: u32 = 470;

/// A foreign architecture ends the process, whatever the call. Leaves the call's number loaded.
fn prologue(below_zero: u32) -> Vec<sock_filter> {
    vec![
        statement(LOAD_WORD, OFFSET_ARCH),
        jump(JUMP_EQUAL, ARCH, 1, 0),
        statement(RETURN, libc::SECCOMP_RET_KILL_PROCESS),
        statement(LOAD_WORD, OFFSET_NUMBER),
        // Such numbers have the bit too, and are no calls of x32.
        jump(JUMP_AT_LEAST, BELOW_ZERO, 0, 1),
        statement(RETURN, below_zero),
        #[cfg(target_arch = "x86_64")]
        jump(JUMP_AT_LEAST, X32_BIT, 0, 1),
        #[cfg(target_arch = "x86_64")]
        statement(RETURN, libc::SECCOMP_RET_KILL_PROCESS),
    ]
}

fn append(program: &mut Vec<sock_filter>, number: libc::c_long, block: Vec<sock_filter>) {
    // The longest block of the lists is far below 255; the tests assemble and walk them.
    let skip = u8::try_from(block.len()).unwrap_or(u8::MAX);
    program.push(jump(JUMP_EQUAL, number as u32, 0, skip));
    program.extend(block);
}

/// What follows once the number has matched; it always returns.
fn block(checks: &[(u8, Check)], own_pid: u32, otherwise: u32) -> Vec<sock_filter> {
    let mut block = conditions(checks, own_pid, otherwise);
    block.push(statement(RETURN, libc::SECCOMP_RET_ALLOW));
    block
}

/// Returns when a check fails, and goes on below otherwise.
fn conditions(checks: &[(u8, Check)], own_pid: u32, otherwise: u32) -> Vec<sock_filter> {
    let mut block = Vec::new();
    for (argument, check) in checks {
        block.push(statement(LOAD_WORD, OFFSET_ARGUMENTS + 8 * u32::from(*argument)));
        match check {
            Check::NoBits(bits) => {
                block.push(jump(JUMP_ANY_BIT, *bits, 0, 1));
                block.push(statement(RETURN, otherwise));
            }
            Check::OwnPid => {
                block.push(jump(JUMP_EQUAL, own_pid, 1, 0));
                block.push(statement(RETURN, otherwise));
            }
            Check::AllBits(bits) => {
                block.push(statement(AND, *bits));
                block.push(jump(JUMP_EQUAL, *bits, 1, 0));
                block.push(statement(RETURN, otherwise));
            }
            Check::NoneOf(values) => {
                for value in *values {
                    block.push(jump(JUMP_EQUAL, *value, 0, 1));
                    block.push(statement(RETURN, otherwise));
                }
            }
            Check::If(first, then) => {
                block.push(statement(LOAD_WORD, OFFSET_ARGUMENTS));
                block.push(jump(JUMP_EQUAL, *first, 0, 3));
                block.push(statement(LOAD_WORD, OFFSET_ARGUMENTS + 8 * u32::from(*argument)));
                block.push(jump(JUMP_EQUAL, *then, 1, 0));
                block.push(statement(RETURN, otherwise));
            }
            Check::OneOf(values) => {
                for (index, value) in values.iter().enumerate() {
                    let past = u8::try_from(values.len() - index).unwrap_or(u8::MAX);
                    block.push(jump(JUMP_EQUAL, *value, past, 0));
                }
                block.push(statement(RETURN, otherwise));
            }
        }
    }
    block
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Runs a filter as the kernel would, for the instructions that are used here.
    pub(in super::super) fn evaluate(
        program: &[sock_filter],
        arch: u32,
        number: u32,
        arguments: [u64; 6],
    ) -> u32 {
        interpret(program, arch, number, arguments).expect("a program that was assembled here")
    }

    pub(in super::super) const THIS_ARCH: u32 = ARCH;
    const OTHER: u32 = 0x7fff_0000 ^ 0x1234_0000;

    const RULES: &[Rule] = &[
        Rule { number: 1, checks: &[], reason: "plain" },
        Rule { number: 2, checks: &[(2, Check::NoBits(0b110))], reason: "bits" },
        Rule { number: 4, checks: &[(0, Check::OwnPid)], reason: "own process" },
        Rule {
            number: 3,
            checks: &[(1, Check::OneOf(&[5, 7])), (0, Check::NoBits(1))],
            reason: "values",
        },
    ];

    #[track_caller]
    fn check(number: u32, arguments: [u64; 6], allowed: bool) {
        let program = assemble(RULES, &[], 77, OTHER);
        let expect = if allowed { libc::SECCOMP_RET_ALLOW } else { OTHER };
        assert_eq!(evaluate(&program, ARCH, number, arguments), expect);
    }

    #[test]
    fn numbers_and_arguments() {
        check(1, [9; 6], true);
        check(0, [0; 6], false);
        check(4, [0; 6], false);
        check(4, [77, 0, 0, 0, 0, 0], true);
        check(2, [0, 0, 0b1001, 0, 0, 0], true);
        check(2, [0, 0, 0b0010, 0, 0, 0], false);
        check(2, [0, 0, 0b0100, 0, 0, 0], false);
        check(3, [2, 5, 0, 0, 0, 0], true);
        check(3, [2, 7, 0, 0, 0, 0], true);
        check(3, [2, 6, 0, 0, 0, 0], false);
        check(3, [1, 7, 0, 0, 0, 0], false);
    }

    #[test]
    fn foreign_architectures_are_killed() {
        let program = assemble(RULES, &[], 77, OTHER);
        assert_eq!(evaluate(&program, 0x4000_0003, 1, [0; 6]), libc::SECCOMP_RET_KILL_PROCESS);
        #[cfg(target_arch = "x86_64")]
        assert_eq!(evaluate(&program, ARCH, X32_BIT | 1, [0; 6]), libc::SECCOMP_RET_KILL_PROCESS);
    }

    #[test]
    fn numbers_below_zero_are_absent_to_programs_and_the_end_of_an_engine() {
        let absent = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
        let traps = assemble_traps(&[], Words { refuse: OTHER, note: OTHER });
        let engine = assemble(RULES, &[], 77, OTHER);
        for number in [-1i32, -101, i32::MIN] {
            assert_eq!(evaluate(&traps, ARCH, number as u32, [0; 6]), absent);
            let ended = evaluate(&engine, ARCH, number as u32, [0; 6]);
            assert_eq!(ended, libc::SECCOMP_RET_KILL_PROCESS);
        }
        #[cfg(target_arch = "x86_64")]
        assert_eq!(evaluate(&traps, ARCH, X32_BIT | 1, [0; 6]), libc::SECCOMP_RET_KILL_PROCESS);
    }
}
