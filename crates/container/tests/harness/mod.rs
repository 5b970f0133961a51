//! What the tests of native cells share: this program as the init of their cells and as other
//! users, the recipe that they begin with, the loop of whoever drives a cell, and what is left of
//! one on the machine.
#![allow(dead_code, unused_imports, reason = "each of the test programs needs a part of it")]

mod cells;
mod left;
mod program;

pub(crate) use cells::{
    Ran, from_root, mount, native, overlay, quiet, read_only, recipe, run, shell, start, watch,
};
pub(crate) use left::{Folder, a_time_of_its_own, becomes, count_sleeping, groups_with};
pub(crate) use program::{Copy, Test, become_a_cell, become_a_test, conclude, role, run_all};
