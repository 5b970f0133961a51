//! The door as debuggers and strangers find it: real sockets on loopback, and a real client.

mod arbitrary;
mod attached;
mod client;
mod closing;
mod discovery;
mod hostile;
mod limits;
mod strangers;
