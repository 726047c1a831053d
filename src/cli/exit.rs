//! Exit codes, documented once.

use std::process::ExitCode;

use crate::error::Error;
use crate::outcome::Ending;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: ready, or done and verified.
    Ready,
    /// 1: findings at or above `--fail-on`.
    Findings,
    /// 2: wrong usage, configuration or rule file.
    Usage,
    /// 3: something could not be checked.
    Unknown,
    /// 4: the migration failed, or verification found a difference.
    Failed,
    /// 130: canceled.
    Canceled,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Ready => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
            Exit::Failed => 4,
            Exit::Canceled => 130,
        })
    }
}

impl From<Ending> for Exit {
    fn from(ending: Ending) -> Exit {
        match ending {
            Ending::Ready => Self::Ready,
            Ending::Findings => Self::Findings,
            Ending::Unknown => Self::Unknown,
            Ending::Failed => Self::Failed,
            Ending::Canceled => Self::Canceled,
        }
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Exit {
        match error {
            Error::Usage { .. }
            | Error::Settings(_)
            | Error::Endpoint(_)
            | Error::Recording { .. }
            | Error::Store(_)
            | Error::Properties(_)
            | Error::Listen { .. }
            | Error::File { .. } => Self::Usage,
            Error::Unreached(_) => Self::Unknown,
            Error::Serve(_)
            | Error::Output(_)
            | Error::Input(_)
            | Error::Runtime(_)
            | Error::Internal(_)
            | Error::Migrate(_)
            | Error::Render(_)
            | Error::Demo(_) => Self::Failed,
            Error::Canceled | Error::Forced { .. } => Self::Canceled,
        }
    }
}
