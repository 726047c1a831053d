//! A way to a server that falls silent after so many bytes: connections stay open, and nothing comes any more.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// A port that leads to a server's, for as long as it has bytes left.
pub(crate) struct Proxy {
    pub(crate) port: u16,
}

impl Proxy {
    /// Lets so many bytes of the server through, over all connections.
    pub(crate) fn start(server_port: u16, bytes: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let left = Arc::new(AtomicU64::new(bytes));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server_port)) else { continue };
                let (mut from, mut to) =
                    (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
                thread::spawn(move || std::io::copy(&mut from, &mut to));
                let left = Arc::clone(&left);
                thread::spawn(move || forward(server, client, &left));
            }
        });
        Proxy { port }
    }
}

fn forward(mut server: TcpStream, mut client: TcpStream, left: &AtomicU64) {
    let mut buffer = [0; 512];
    while let Ok(length @ 1..) = server.read(&mut buffer) {
        let bytes = length as u64;
        if left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_err() {
            left.store(0, Ordering::Relaxed);
            // Keeps both ends open.
            thread::park();
        }
        if client.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}
