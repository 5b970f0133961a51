//! What runs a plugin: the workbench starts this program once for each. It has none of the libraries of
//! a window.

fn main() {
    aether::init();
}
