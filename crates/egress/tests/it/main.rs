//! The egress gateway: what it decides, and what it does on real sockets.

mod addresses;
mod advice;
mod cases;
mod clients;
mod dns;
mod fetching;
mod greetings;
mod hosts;
mod inspection;
mod lab;
mod lookups;
mod paths;
mod private;
mod properties;
mod proxy;
mod rules;
mod secrets;
mod smuggling;
mod tls;
mod tunnels;
