//! A vault from outside: what is issued, lent, used and taken back.

mod bench;
mod forging;
mod life;
mod narrowing;
mod sequences;
