//! `wasi:sockets`: there so that programs can be linked. Every way to a socket is refused.

use wasmtime::component::Resource;

use crate::bindings::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use crate::bindings::wasi::sockets::{
    instance_network, ip_name_lookup, network, tcp, tcp_create_socket, udp, udp_create_socket,
};
use crate::gate::Gate;
use crate::state::State;

/// The network of a plugin: there is none behind it.
#[derive(Clone, Copy, Debug)]
pub struct Network;

/// What is never made: sockets and terminals.
#[derive(Clone, Copy, Debug)]
pub enum Never {}

impl<G: Gate> network::Host for State<G> {}

impl<G: Gate> network::HostNetwork for State<G> {
    fn drop(&mut self, this: Resource<Network>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl<G: Gate> instance_network::Host for State<G> {
    fn instance_network(&mut self) -> wasmtime::Result<Resource<Network>> {
        Ok(self.table.push(Network)?)
    }
}

impl<G: Gate> ip_name_lookup::Host for State<G> {
    fn resolve_addresses(
        &mut self,
        _: Resource<Network>,
        _: String,
    ) -> wasmtime::Result<Result<Resource<Never>, ErrorCode>> {
        Ok(Err(ErrorCode::AccessDenied))
    }
}

impl<G: Gate> ip_name_lookup::HostResolveAddressStream for State<G> {
    fn drop(&mut self, this: Resource<Never>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }
}

impl<G: Gate> tcp::Host for State<G> {}

impl<G: Gate> tcp::HostTcpSocket for State<G> {
    fn drop(&mut self, this: Resource<Never>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }
}

impl<G: Gate> tcp_create_socket::Host for State<G> {
    fn create_tcp_socket(
        &mut self,
        _: IpAddressFamily,
    ) -> wasmtime::Result<Result<Resource<Never>, ErrorCode>> {
        Ok(Err(ErrorCode::AccessDenied))
    }
}

impl<G: Gate> udp::Host for State<G> {}

impl<G: Gate> udp::HostUdpSocket for State<G> {
    fn drop(&mut self, this: Resource<Never>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }
}

impl<G: Gate> udp::HostIncomingDatagramStream for State<G> {
    fn drop(&mut self, this: Resource<Never>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }
}

impl<G: Gate> udp::HostOutgoingDatagramStream for State<G> {
    fn drop(&mut self, this: Resource<Never>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }
}

impl<G: Gate> udp_create_socket::Host for State<G> {
    fn create_udp_socket(
        &mut self,
        _: IpAddressFamily,
    ) -> wasmtime::Result<Result<Resource<Never>, ErrorCode>> {
        Ok(Err(ErrorCode::AccessDenied))
    }
}
