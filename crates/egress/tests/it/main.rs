//! The egress gateway: what it decides, and what it does on real sockets.

mod addresses;
mod advice;
mod fetching;
mod hosts;
mod inspection;
mod kinds;
mod lab;
mod outlets;
mod paths;
mod private;
mod properties;
mod proxy;
mod relaying;
mod rules;
mod secrets;
mod smuggling;
mod sockets;
mod socks;
mod streaming;
mod tls;
mod tunnels;
mod upgrades;
mod websocket;
