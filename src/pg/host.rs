//! One host of a connection string.

use std::net::IpAddr;

/// One of the hosts of a connection string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSpec {
    /// A name, an address, or a folder with a socket (starts with `/` or `@`).
    pub host: String,
    /// The address to use instead of resolving the name.
    pub address: Option<IpAddr>,
    /// The port, also part of a socket's name.
    pub port: u16,
}

impl HostSpec {
    /// Whether this is a folder with a socket.
    pub fn is_socket(&self) -> bool {
        self.address.is_none() && (self.host.starts_with('/') || self.host.starts_with('@'))
    }
}
