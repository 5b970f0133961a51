//! Those who listen on the machine and say the secret to whoever comes.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr as UnixAddress, UnixListener};
use std::thread;
use std::time::Duration;

use crate::scene::{SECRET, Scene};

/// Listens everywhere, until the run ends; the scene learns the ports.
pub(super) fn listen(scene: &mut Scene) -> io::Result<()> {
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    scene.port = tcp.local_addr()?.port();
    thread::spawn(move || tcp.incoming().flatten().for_each(tell));

    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    scene.udp = udp.local_addr()?.port();
    thread::spawn(move || answer(&udp));

    // Free at the moment; a program will listen there.
    scene.visited = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let visited = scene.visited;
    thread::spawn(move || visit(visited));

    let name = scene.abstract_name();
    serve(UnixListener::bind_addr(&UnixAddress::from_abstract_name(name.as_bytes())?)?);
    for folder in [scene.outside(), scene.granted(), scene.readonly()] {
        serve(UnixListener::bind(format!("{folder}/socket"))?);
    }
    for folder in ["/tmp", "/run"] {
        // An ordinary user may have no place in /run.
        if let Ok(listener) = UnixListener::bind(format!("{folder}/{}.socket", scene.shared_name()))
        {
            serve(listener);
        }
    }
    Ok(())
}

fn serve(listener: UnixListener) {
    thread::spawn(move || listener.incoming().flatten().for_each(tell));
}

fn tell(mut stream: impl Write) {
    // Who left again has heard nothing.
    let _unheard = writeln!(stream, "{SECRET}of a listener");
}

fn answer(socket: &UdpSocket) {
    let mut heard = [0; 16];
    while let Ok((_, from)) = socket.recv_from(&mut heard) {
        let _unheard = socket.send_to(format!("{SECRET}of a datagram").as_bytes(), from);
    }
}

fn visit(port: u16) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    loop {
        // Mostly nobody is there.
        drop(TcpStream::connect_timeout(&address, Duration::from_millis(50)));
        thread::sleep(Duration::from_millis(20));
    }
}
