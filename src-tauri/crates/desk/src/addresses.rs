//! The addresses of this computer.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// Ways a packet could leave: to the internet, and to each private range.
const TOWARDS: [Ipv4Addr; 4] = [
    Ipv4Addr::new(192, 0, 2, 1),
    Ipv4Addr::new(192, 168, 0, 1),
    Ipv4Addr::new(10, 0, 0, 1),
    Ipv4Addr::new(172, 16, 0, 1),
];

/// The addresses this computer sends from. Asking where a packet would leave sends none.
#[must_use]
pub fn in_the_local_network() -> Vec<IpAddr> {
    let mut found = Vec::new();
    for towards in TOWARDS {
        let from = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
            .and_then(|socket| socket.connect((towards, 9)).and_then(|()| socket.local_addr()))
            .map(|from| from.ip());
        if let Ok(from) = from
            && !from.is_loopback()
            && !found.contains(&from)
        {
            found.push(from);
        }
    }
    found
}
