//! What runs a plugin: the app starts this program once for each.

fn main() {
    aether::init();
}
