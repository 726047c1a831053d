//! Words of PostgreSQL: versions, identifiers, connection strings. Nothing here talks to a server or reads a file.

mod bytes;
mod conninfo;
mod ident;
mod nearest;
mod version;

pub use bytes::bytes_text;
pub use conninfo::{
    ChannelBinding, Conninfo, ConninfoError, HostSpec, KEYWORDS, Keywords, PassEntry, Secret,
    SessionAttributes, SslMode, parse_keywords, parse_passfile, parse_service_file,
};
pub use ident::{ident, is_invisible, literal, qualified, visible_ident, visible_literal};
pub use nearest::nearest;
pub use version::ServerVersion;
