//! The egress gateway: what it decides, and what it does on real sockets.

mod addresses;
mod advice;
mod hosts;
mod lab;
mod paths;
mod private;
mod properties;
mod proxy;
mod rules;
mod smuggling;
mod tunnels;
