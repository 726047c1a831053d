//! Words of PostgreSQL: versions, identifiers, connection strings. Nothing here talks to a server or reads a file.

mod bytes;
mod conninfo;
mod host;
mod ident;
mod keywords;
mod nearest;
mod secret;
mod subject;
mod tokens;
mod version;

pub use bytes::{bytes_text, hex};
pub use conninfo::{ChannelBinding, Conninfo, SessionAttributes, SslMode, conninfo_value};
pub use host::HostSpec;
pub use ident::{NAME_BYTES_MAX, ident, is_invisible, literal, qualified, visible_ident, visible_literal};
pub use keywords::{
    ConninfoError, KEYWORDS, Keywords, PassEntry, parse_keywords, parse_passfile, parse_service_file,
};
pub use nearest::nearest;
pub use secret::Secret;
pub use subject::subject;
pub use tokens::{Token, tokens};
pub use version::ServerVersion;
