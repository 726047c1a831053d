//! What a run came to, in one word: what scripts go by.

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Ready, or done and verified.
    Ready,
    /// There are findings that count.
    Findings,
    /// Something that counts could not be checked.
    Unknown,
    /// The migration failed, or verification found a difference.
    Failed,
    /// Somebody has stopped it.
    Canceled,
}
