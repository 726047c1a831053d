//! A way to a server on which things happen: it falls silent after so many bytes, gets slow, breaks, or brings garbage; and
//! it can be caught at a moment, to do something to the servers just then.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What becomes of bytes on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// They cross.
    Open,
    /// They stay where they are; connections stay open.
    Silent,
    /// They cross, with a pause before each block.
    Slow,
    /// What the server sends is something else.
    Garbage,
}

/// The moment at which the way is caught.
#[derive(Debug, Clone)]
pub(crate) enum Moment {
    /// The client is about to send this text.
    Asked(&'static str),
    /// The server has answered to this text, or begun to, and the client does not know yet.
    Answered(&'static str),
    /// So many bytes of servers have crossed.
    Bytes(u64),
}

/// A port that leads to a server's.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    way: Arc<Way>,
}

struct Way {
    state: Mutex<State>,
    changed: Condvar,
    /// How many bytes of the server may still cross, and how many have.
    left: AtomicU64,
    crossed: AtomicU64,
}

struct State {
    traffic: Traffic,
    trap: Option<(Moment, Sender<()>)>,
    held: bool,
    open: Vec<TcpStream>,
}

impl Proxy {
    /// Lets so many bytes of the server through, over all connections.
    pub(crate) fn start(server_port: u16, bytes: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let state = State { traffic: Traffic::Open, trap: None, held: false, open: Vec::new() };
        let way = Arc::new(Way {
            state: Mutex::new(state),
            changed: Condvar::new(),
            left: AtomicU64::new(bytes),
            crossed: AtomicU64::new(0),
        });
        let shared = Arc::clone(&way);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server_port)) else { continue };
                shared.join(client, server);
            }
        });
        Proxy { port, way }
    }

    /// From now on.
    pub(crate) fn set(&self, traffic: Traffic) {
        self.way.state().traffic = traffic;
        self.way.changed.notify_all();
    }

    /// Breaks all connections; new ones are let through.
    pub(crate) fn cut(&self) {
        for stream in self.way.state().open.drain(..) {
            // One that is closed already is as good as cut.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Holds the first connection on which the moment comes, and tells of it.
    pub(crate) fn catch(&self, moment: Moment) -> Receiver<()> {
        let (caught, receiver) = channel();
        self.way.state().trap = Some((moment, caught));
        receiver
    }

    /// Lets go what is held, and catches nothing any more.
    pub(crate) fn release(&self) {
        let mut state = self.way.state();
        (state.held, state.trap) = (false, None);
        drop(state);
        self.way.changed.notify_all();
    }

    /// How many bytes of the server have crossed since this was last asked.
    pub(crate) fn crossed(&self) -> u64 {
        self.way.crossed.swap(0, Ordering::Relaxed)
    }
}

/// What the two directions of a connection know of it.
#[derive(Default)]
struct Connection {
    /// The end of what the client has sent.
    window: Mutex<Vec<u8>>,
    /// Who is to be told of the next bytes of the server.
    answer: Mutex<Option<Sender<()>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Way {
    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    fn join(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let connection = Arc::new(Connection::default());
        let copy = |stream: &TcpStream| stream.try_clone().expect("a socket");
        self.state().open.extend([copy(&client), copy(&server)]);
        for (from, to, of_server) in [(copy(&client), copy(&server), false), (server, client, true)] {
            let (way, connection) = (Arc::clone(self), Arc::clone(&connection));
            thread::spawn(move || {
                way.forward(&from, &to, of_server, &connection);
                let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
            });
        }
    }

    fn forward(&self, mut from: &TcpStream, mut to: &TcpStream, of_server: bool, connection: &Connection) {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let block = &mut buffer[..length];
            if of_server {
                self.answered(block, connection);
            } else {
                self.asked(block, connection);
            }
            match self.traffic() {
                Traffic::Slow => thread::sleep(Duration::from_millis(20)),
                Traffic::Garbage if of_server => block.fill(0xA5),
                _ => {}
            }
            if to.write_all(block).is_err() {
                return;
            }
        }
    }

    /// What becomes of a block now; a silent way keeps it until it is no longer silent.
    fn traffic(&self) -> Traffic {
        let mut state = self.state();
        while state.traffic == Traffic::Silent {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.traffic
    }

    fn asked(&self, block: &[u8], connection: &Connection) {
        let mut window = locked(&connection.window);
        window.extend_from_slice(block);
        let is_in = |text: &str| window.windows(text.len()).any(|part| part == text.as_bytes());
        let mut state = self.state();
        match &state.trap {
            Some((Moment::Asked(text), _)) if is_in(text) => {
                let caught = state.trap.take();
                self.hold(state, caught.map(|(_, caught)| caught));
            }
            Some((Moment::Answered(text), _)) if is_in(text) => {
                *locked(&connection.answer) = state.trap.take().map(|(_, caught)| caught);
            }
            _ => {}
        }
        let old = window.len().saturating_sub(64);
        window.drain(..old);
    }

    fn answered(&self, block: &[u8], connection: &Connection) {
        let bytes = block.len() as u64;
        let all = self.crossed.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if self.left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_err()
        {
            self.state().traffic = Traffic::Silent;
        }
        let caught = locked(&connection.answer).take();
        if caught.is_some() {
            return self.hold(self.state(), caught);
        }
        let mut state = self.state();
        if matches!(&state.trap, Some((Moment::Bytes(wanted), _)) if all >= *wanted) {
            let caught = state.trap.take();
            self.hold(state, caught.map(|(_, caught)| caught));
        }
    }

    fn hold(&self, mut state: MutexGuard<'_, State>, caught: Option<Sender<()>>) {
        state.held = true;
        if caught.is_none_or(|caught| caught.send(()).is_err()) {
            state.held = false;
        }
        while state.held {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
