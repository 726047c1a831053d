//! A stream of a connection from which the rows of COPY are taken before the driver sees them.
//!
//! The driver hands over every row by itself, which costs more than all else that is done with it here. The stream knows
//! where messages begin, takes the contents of `CopyData` out when somebody wants them, and gathers them into blocks. All
//! other messages pass. Source: <https://www.postgresql.org/docs/current/protocol-message-formats.html>.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use futures_channel::mpsc::{Receiver, Sender, channel};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// Bytes of a block: large enough to spare calls, small enough for memory to stay flat.
const BLOCK_BYTES: usize = 128 * 1024;

/// Blocks that wait for whoever takes them; then the server has to wait too.
const BLOCKS_WAITING: usize = 2;

/// Bytes that are read at once.
const READ_BYTES: usize = 64 * 1024;

/// The kind and the length of a message.
const HEADER_BYTES: usize = 5;

/// The longest message. The server builds every message in a buffer of at most one gigabyte.
/// Source: `MaxAllocSize` in <https://github.com/postgres/postgres/blob/master/src/include/utils/memutils.h>.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// All that a server may say before it is ready for the first statement. The driver keeps it.
const START_BYTES_MAX: usize = 16 * 1024 * 1024;

/// All notices that a server may send in the answer to a statement. Our sessions ask for warnings only.
const NOTICE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Where blocks go, while somebody wants them.
#[derive(Debug, Clone, Default)]
pub(crate) struct TapHandle {
    wanted: Arc<AtomicBool>,
    sender: Arc<Mutex<Option<Sender<Bytes>>>>,
    heard: Arc<AtomicU64>,
    /// Why the connection was given up.
    refusal: Arc<OnceLock<String>>,
}

/// Blocks of rows, as long as it lives.
#[derive(Debug)]
pub(crate) struct Blocks {
    pub(crate) receiver: Receiver<Bytes>,
    handle: TapHandle,
}

impl TapHandle {
    /// Has the rows of the next COPY sent here.
    pub(crate) fn open(&self) -> Blocks {
        let (sender, receiver) = channel(BLOCKS_WAITING);
        *self.sender.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        self.wanted.store(true, Ordering::Release);
        Blocks { receiver, handle: self.clone() }
    }

    /// Bytes that have come from the server so far.
    pub(crate) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Why the connection was given up, if the server has sent what no server sends.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.refusal.get().map(String::as_str)
    }

    fn refuse(&self, text: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, self.refusal.get_or_init(|| text.to_owned()).clone())
    }

    fn close(&self) {
        self.wanted.store(false, Ordering::Release);
        *self.sender.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        self.handle.close();
    }
}

/// What the next bytes belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The header of a message.
    Header,
    /// A message that passes, with so many bytes to come.
    Passing(usize),
    /// Rows that are taken, with so many bytes to come.
    Rows(usize),
}

/// The stream.
#[derive(Debug)]
pub(crate) struct Tap<S> {
    inner: S,
    handle: TapHandle,
    /// Bytes that were read; those from `sorted` to `read` were not looked at yet.
    buffer: Box<[u8]>,
    sorted: usize,
    read: usize,
    /// For the driver.
    passing: BytesMut,
    /// For whoever wants rows.
    block: BytesMut,
    place: Place,
    limits: Limits,
}

/// What was sent so far of what may only be sent within limits.
#[derive(Debug, Default)]
struct Limits {
    /// Whether the server was ready for a statement once.
    started: bool,
    start_bytes: usize,
    notice_bytes: usize,
}

impl Limits {
    /// Counts a message. An error: a limit is reached, in words.
    fn count(&mut self, kind: u8, length: usize) -> Result<(), &'static str> {
        if length > MESSAGE_BYTES_MAX {
            return Err(
                "the server announces a message of more than 1 GiB, which no PostgreSQL server sends",
            );
        }
        match kind {
            b'Z' => (self.started, self.notice_bytes) = (true, 0),
            _ if !self.started => self.start_bytes = self.start_bytes.saturating_add(length + HEADER_BYTES),
            b'N' => self.notice_bytes = self.notice_bytes.saturating_add(length + HEADER_BYTES),
            _ => {}
        }
        if self.start_bytes > START_BYTES_MAX {
            return Err("the server says more than 16 MiB before it is ready for a statement");
        }
        if self.notice_bytes > NOTICE_BYTES_MAX {
            return Err("the server sends more than 256 MiB of notices in the answer to one statement");
        }
        Ok(())
    }
}

impl<S> Tap<S> {
    pub(crate) fn new(inner: S, handle: TapHandle) -> Tap<S> {
        Tap {
            inner,
            handle,
            buffer: vec![0; READ_BYTES].into_boxed_slice(),
            sorted: 0,
            read: 0,
            passing: BytesMut::new(),
            block: BytesMut::new(),
            place: Place::Header,
            limits: Limits::default(),
        }
    }

    /// Sends the block on, once there is room for it. If nobody wants it any more it is dropped: the COPY was given up.
    fn poll_flush_block(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.block.is_empty() {
            return Poll::Ready(());
        }
        let mut sender = self.handle.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let block = match sender.as_mut() {
            Some(sender) => match ready!(sender.poll_ready(context)) {
                Ok(()) => sender.start_send(self.block.split().freeze()),
                Err(closed) => Err(closed),
            },
            None => Ok(()),
        };
        self.block.clear();
        if block.is_err() {
            *sender = None;
        }
        Poll::Ready(())
    }

    /// Sorts what was read. Ends when all is sorted, or when there is no room for more rows.
    fn poll_sort(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.place {
                Place::Header => {
                    let unread = &self.buffer[self.sorted..self.read];
                    let Some((header, _)) = unread.split_first_chunk::<HEADER_BYTES>() else {
                        return Poll::Ready(Ok(()));
                    };
                    let [kind, length @ ..] = *header;
                    // The length counts itself.
                    let length = (u32::from_be_bytes(length) as usize).saturating_sub(4);
                    self.limits.count(kind, length).map_err(|text| self.handle.refuse(text))?;
                    if kind == b'd' && self.handle.wanted.load(Ordering::Acquire) {
                        self.place = Place::Rows(length);
                    } else {
                        // All rows before this message are on their way before the driver hears of it.
                        ready!(self.poll_flush_block(context));
                        let header = self.sorted..self.sorted + HEADER_BYTES;
                        self.passing.extend_from_slice(&self.buffer[header]);
                        self.place = Place::Passing(length);
                    }
                    self.sorted += HEADER_BYTES;
                }
                Place::Passing(0) | Place::Rows(0) => self.place = Place::Header,
                _ if self.sorted == self.read => return Poll::Ready(Ok(())),
                Place::Passing(left) => {
                    let length = left.min(self.read - self.sorted);
                    self.passing.extend_from_slice(&self.buffer[self.sorted..self.sorted + length]);
                    self.sorted += length;
                    self.place = Place::Passing(left - length);
                }
                Place::Rows(left) => {
                    if self.block.len() >= BLOCK_BYTES {
                        ready!(self.poll_flush_block(context));
                    }
                    if self.block.capacity() == 0 {
                        self.block.reserve(BLOCK_BYTES + READ_BYTES);
                    }
                    let length = left.min(self.read - self.sorted);
                    self.block.extend_from_slice(&self.buffer[self.sorted..self.sorted + length]);
                    self.sorted += length;
                    self.place = Place::Rows(left - length);
                }
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let tap = &mut *self;
            if !tap.passing.is_empty() {
                let length = tap.passing.len().min(out.remaining());
                out.put_slice(&tap.passing[..length]);
                tap.passing.advance(length);
                return Poll::Ready(Ok(()));
            }
            let sorted = tap.poll_sort(context);
            if !tap.passing.is_empty() {
                continue;
            }
            ready!(sorted)?;
            // At most a part of a header is left over.
            tap.buffer.copy_within(tap.sorted..tap.read, 0);
            (tap.sorted, tap.read) = (0, tap.read - tap.sorted);
            let mut buffer = ReadBuf::new(&mut tap.buffer[tap.read..]);
            ready!(Pin::new(&mut tap.inner).poll_read(context, &mut buffer))?;
            let length = buffer.filled().len();
            tap.read += length;
            tap.handle.heard.fetch_add(length as u64, Ordering::Relaxed);
            if length == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

impl<S: TlsStream + Unpin> TlsStream for Tap<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.inner.channel_binding()
    }
}

/// TLS with a tap on its inside.
pub(crate) struct TapTls<T> {
    pub(crate) tls: T,
    pub(crate) handle: TapHandle,
}

impl<S, T> TlsConnect<S> for TapTls<T>
where
    T: TlsConnect<S>,
    T::Future: Send + 'static,
    T::Stream: Send,
{
    type Stream = Tap<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let connected = self.tls.connect(stream);
        Box::pin(async move { Ok(Tap::new(connected.await?, self.handle)) })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use tokio::io::AsyncReadExt as _;

    use super::{Tap, TapHandle};

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind][..], &length, body].concat()
    }

    /// What the driver reads, and the rows, when a server's bytes come in pieces of some length.
    async fn sorted(bytes: &[u8], piece: usize, wanted: bool) -> (Vec<u8>, Vec<u8>) {
        let handle = TapHandle::default();
        let blocks = wanted.then(|| handle.open());
        let mut mock = tokio_test_stream(bytes, piece);
        let mut tap = Tap::new(&mut mock, handle);
        let mut passed = Vec::new();
        let rows = async {
            let mut rows = Vec::new();
            if let Some(mut blocks) = blocks {
                while let Some(block) = blocks.receiver.next().await {
                    rows.extend_from_slice(&block);
                    // The end of a COPY is told by the driver; here by a row of its own.
                    if rows.ends_with(b"end") {
                        break;
                    }
                }
            }
            rows
        };
        let (read, rows) = tokio::join!(tap.read_to_end(&mut passed), rows);
        read.unwrap();
        (passed, rows)
    }

    fn tokio_test_stream(bytes: &[u8], piece: usize) -> impl tokio::io::AsyncRead + Unpin + use<> {
        struct Pieces(Vec<u8>, usize);
        impl tokio::io::AsyncRead for Pieces {
            fn poll_read(
                mut self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
                out: &mut tokio::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let length = self.1.min(self.0.len()).min(out.remaining());
                let rest = self.0.split_off(length);
                out.put_slice(&self.0);
                self.0 = rest;
                std::task::Poll::Ready(Ok(()))
            }
        }
        Pieces(bytes.to_vec(), piece)
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() })]

        #[test]
        fn whatever_comes_passes_or_is_refused(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
            small in proptest::collection::vec((0..4_usize, 0..30_usize), 0..8),
            piece in 1..50_usize,
        ) {
            // Messages that are whole, and then anything.
            let whole = small.iter().flat_map(|(kind, length)| message(b"DNZd"[*kind], &vec![b'x'; *length]));
            let sent: Vec<u8> = whole.chain(bytes).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let handle = TapHandle::default();
            let mut stream = tokio_test_stream(&sent, piece);
            let mut tap = Tap::new(&mut stream, handle.clone());
            let mut passed = Vec::new();
            let read = runtime.block_on(tap.read_to_end(&mut passed));
            assert!(sent.starts_with(&passed));
            assert_eq!(read.is_err(), handle.refusal().is_some());
        }
    }

    #[tokio::test]
    async fn what_no_server_sends_ends_the_connection() {
        let huge = [&b"D"[..], &0x7fff_ffff_u32.to_be_bytes(), b"x"].concat();
        let notice = message(b'N', &vec![b'x'; 1024 * 1024]);
        let ready = message(b'Z', b"I");
        let ever = [&ready[..], &notice.repeat(300)].concat();
        for (bytes, expected) in
            [(huge, "more than 1 GiB"), (notice.repeat(20), "before it is ready"), (ever, "MiB of notices")]
        {
            let handle = TapHandle::default();
            let mut tap = Tap::new(&bytes[..], handle.clone());
            let error = tap.read_to_end(&mut Vec::new()).await.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert_eq!(handle.refusal(), Some(error.as_str()));
        }
        let quiet = [&ready[..], &[notice.repeat(200), ready.clone()].concat().repeat(2)].concat();
        let mut tap = Tap::new(&quiet[..], TapHandle::default());
        assert_eq!(tap.read_to_end(&mut Vec::new()).await.unwrap(), quiet.len());
    }

    #[tokio::test]
    async fn rows_are_taken_out_and_all_else_passes_however_the_bytes_come() {
        let big = vec![b'x'; 150_000];
        let others = [message(b'H', b"abc"), message(b'N', b""), message(b'c', b""), message(b'Z', b"I")];
        let rows = [message(b'd', b"one"), message(b'd', b""), message(b'd', &big), message(b'd', b"end")];
        let bytes: Vec<u8> = others[..1]
            .iter()
            .chain(&rows[..2])
            .chain(&others[1..2])
            .chain(&rows[2..])
            .chain(&others[2..])
            .flatten()
            .copied()
            .collect();
        for piece in [1, 3, 5, 4096, 1_000_000] {
            let (passed, taken) = sorted(&bytes, piece, true).await;
            assert_eq!(passed, others.concat(), "{piece}");
            assert_eq!(taken, [&b"one"[..], &big, b"end"].concat(), "{piece}");
            let (passed, taken) = sorted(&bytes, piece, false).await;
            assert!(passed == bytes && taken.is_empty(), "{piece}: nobody wants rows");
        }
    }
}
