//! Connection strings with libpq's meaning: URIs, `key=value` lists, service files and password files.
//!
//! Only texts are parsed here; who reads the files and the environment is decided elsewhere.
//! Source: <https://www.postgresql.org/docs/18/libpq-connect.html>.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A password. It is not shown by `Debug` and cannot be serialised or printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The password itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// libpq's `sslmode`, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "libpq's documentation defines each")]
pub enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl SslMode {
    const ALL: [(&'static str, SslMode); 6] = [
        ("disable", Self::Disable),
        ("allow", Self::Allow),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    /// The word in a connection string.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

/// libpq's `target_session_attrs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "libpq's documentation defines each")]
pub enum SessionAttributes {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

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

/// Where and as whom to connect, complete and checked.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is libpq's parameter of that name")]
pub struct Conninfo {
    pub hosts: Vec<HostSpec>,
    pub user: String,
    pub dbname: String,
    pub password: Option<Secret>,
    pub passfile: Option<PathBuf>,
    pub sslmode: SslMode,
    pub sslrootcert: Option<PathBuf>,
    pub sslcert: Option<PathBuf>,
    pub sslkey: Option<PathBuf>,
    pub ssl_min_tls13: bool,
    pub ssl_max_tls12: bool,
    pub sslsni: bool,
    pub channel_binding: ChannelBinding,
    pub connect_timeout: Option<Duration>,
    pub keepalives: bool,
    pub keepalives_idle: Option<Duration>,
    pub keepalives_interval: Option<Duration>,
    pub keepalives_count: Option<u32>,
    pub options: Option<String>,
    pub application_name: Option<String>,
    pub target_session_attrs: SessionAttributes,
}

/// libpq's `channel_binding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "libpq's documentation defines each")]
pub enum ChannelBinding {
    Disable,
    Prefer,
    Require,
}

/// What is wrong with a connection string. Never holds a value that could be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConninfoError {
    /// What is wrong, and where.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

fn wrong(message: impl Into<String>) -> ConninfoError {
    ConninfoError { message: message.into(), hint: None }
}

/// Parameters by keyword, before defaults.
pub type Keywords = BTreeMap<String, String>;

/// Every keyword that is understood, with the environment variable libpq gives it.
pub const KEYWORDS: &[(&str, &str)] = &[
    ("application_name", "PGAPPNAME"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("client_encoding", ""),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("dbname", "PGDATABASE"),
    ("fallback_application_name", ""),
    ("gssencmode", ""),
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("keepalives", ""),
    ("keepalives_count", ""),
    ("keepalives_idle", ""),
    ("keepalives_interval", ""),
    ("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    ("options", "PGOPTIONS"),
    ("passfile", "PGPASSFILE"),
    ("password", "PGPASSWORD"),
    ("port", "PGPORT"),
    ("service", "PGSERVICE"),
    ("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    ("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslsni", "PGSSLSNI"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    ("user", "PGUSER"),
];

/// Keywords of libpq that have no effect here, with the reason.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("gssdelegation", "GSSAPI is not supported"),
    ("gsslib", "GSSAPI is not supported"),
    ("krbsrvname", "GSSAPI is not supported"),
    ("oauth_client_id", "OAuth is not supported"),
    ("oauth_client_secret", "OAuth is not supported"),
    ("oauth_issuer", "OAuth is not supported"),
    ("oauth_scope", "OAuth is not supported"),
    ("replication", "a replication connection cannot run the checks"),
    ("require_auth", "the authentication method cannot be restricted yet"),
    ("requirepeer", "the peer of a socket is not checked"),
    ("sslcertmode", "the client certificate is sent when it is given"),
    ("sslcompression", "TLS compression is insecure and was removed from TLS 1.3"),
    ("sslcrl", "certificate revocation lists are not read"),
    ("sslcrldir", "certificate revocation lists are not read"),
    ("sslkeylogfile", "TLS keys are never written to a file"),
    ("sslnegotiation", "TLS is always negotiated the classic way"),
    ("sslpassword", "encrypted key files are not supported: decrypt the key first"),
    ("tcp_user_timeout", "use keepalives and connect_timeout"),
];

/// Parses a URI or a `key=value` list into keywords. Nothing is looked up.
pub fn parse_keywords(text: &str) -> Result<Keywords, ConninfoError> {
    let trimmed = text.trim();
    let keywords = match trimmed.strip_prefix("postgresql://").or_else(|| trimmed.strip_prefix("postgres://"))
    {
        Some(rest) => parse_uri(rest)?,
        None if trimmed.split('=').next().is_some_and(|head| head.contains("://")) => {
            let scheme = trimmed.split("://").next().unwrap_or_default();
            return Err(ConninfoError {
                message: format!("`{scheme}://` is not a PostgreSQL URI"),
                hint: Some("a URI starts with postgresql:// or postgres://".to_owned()),
            });
        }
        None => parse_pairs(trimmed)?,
    };
    for keyword in keywords.keys() {
        check_keyword(keyword)?;
    }
    Ok(keywords)
}

fn check_keyword(keyword: &str) -> Result<(), ConninfoError> {
    if KEYWORDS.iter().any(|(known, _)| *known == keyword) {
        return Ok(());
    }
    if let Some((_, why)) = UNSUPPORTED.iter().find(|(name, _)| *name == keyword) {
        return Err(wrong(format!("connection parameter `{keyword}` is not supported: {why}")));
    }
    let near = crate::pg::nearest::nearest(keyword, KEYWORDS.iter().map(|(name, _)| *name));
    Err(ConninfoError {
        message: format!("unknown connection parameter `{keyword}`"),
        hint: near.map(|name| format!("did you mean `{name}`?")),
    })
}

fn parse_uri(rest: &str) -> Result<Keywords, ConninfoError> {
    let mut keywords = Keywords::new();
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(a, b)| (a, Some(b)));
    let hosts = match authority.rsplit_once('@') {
        None => authority,
        Some((credentials, hosts)) => {
            let (user, password) =
                credentials.split_once(':').map_or((credentials, None), |(u, p)| (u, Some(p)));
            if !user.is_empty() {
                keywords.insert("user".to_owned(), decode(user, "the user")?);
            }
            if let Some(password) = password {
                keywords.insert("password".to_owned(), decode(password, "the password")?);
            }
            hosts
        }
    };
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = if let Some(bracketed) = host.strip_prefix('[') {
            let (name, tail) =
                bracketed.split_once(']').ok_or_else(|| wrong(format!("`{host}` lacks the closing `]`")))?;
            match tail.strip_prefix(':') {
                Some(port) => (name, port),
                None if tail.is_empty() => (name, ""),
                None => return Err(wrong(format!("unexpected `{tail}` after the address in `{host}`"))),
            }
        } else {
            host.split_once(':').unwrap_or((host, ""))
        };
        names.push(decode(name, "a host")?);
        ports.push(port.to_owned());
    }
    if names.iter().any(|name| !name.is_empty()) {
        keywords.insert("host".to_owned(), names.join(","));
    }
    if ports.iter().any(|port| !port.is_empty()) {
        keywords.insert("port".to_owned(), ports.join(","));
    }
    if let Some(path) = path.filter(|path| !path.is_empty()) {
        keywords.insert("dbname".to_owned(), decode(path, "the database")?);
    }
    for pair in query.into_iter().flat_map(|q| q.split('&')).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| wrong(format!("`{pair}` after `?` has no value: expected key=value")))?;
        let key = decode(key, "a parameter name")?;
        let value = decode(value, &format!("parameter `{key}`"))?;
        match (key.as_str(), value.as_str()) {
            ("ssl", "true") => keywords.insert("sslmode".to_owned(), "require".to_owned()),
            _ => keywords.insert(key, value),
        };
    }
    Ok(keywords)
}

fn decode(text: &str, what: &str) -> Result<String, ConninfoError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let value = tail
                .get(..2)
                .and_then(|hex| std::str::from_utf8(hex).ok())
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
                .filter(|byte| *byte != 0)
                .ok_or_else(|| ConninfoError {
                    message: format!(
                        "{what} in the URI has a `%` that is not followed by two hexadecimal digits"
                    ),
                    hint: Some("write a literal % as %25".to_owned()),
                })?;
            bytes.push(value);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong(format!("{what} in the URI is not valid UTF-8")))
}

fn parse_pairs(text: &str) -> Result<Keywords, ConninfoError> {
    let mut keywords = Keywords::new();
    let mut chars = text.char_indices().peekable();
    loop {
        while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let Some(&(start, _)) = chars.peek() else { return Ok(keywords) };
        let mut key = String::new();
        while let Some((_, c)) = chars.next_if(|(_, c)| *c != '=' && !c.is_whitespace()) {
            key.push(c);
        }
        while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        if chars.next_if(|(_, c)| *c == '=').is_none() {
            // The word is not repeated: without its `=` it may be a password.
            return Err(ConninfoError {
                message: format!("missing `=` after the word at character {}", start + 1),
                hint: Some(
                    "write key=value pairs, or a URI such as postgresql://user@host:5432/dbname".to_owned(),
                ),
            });
        }
        while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let mut value = String::new();
        if chars.next_if(|(_, c)| *c == '\'').is_some() {
            loop {
                match chars.next() {
                    Some((_, '\'')) => break,
                    Some((_, '\\')) => value.extend(chars.next().map(|(_, c)| c)),
                    Some((_, c)) => value.push(c),
                    None => return Err(wrong(format!("the quote after `{key}=` is never closed"))),
                }
            }
        } else {
            while let Some((_, c)) = chars.next_if(|(_, c)| !c.is_whitespace()) {
                if c == '\\' { value.extend(chars.next().map(|(_, c)| c)) } else { value.push(c) }
            }
        }
        keywords.insert(key, value);
    }
}

/// Finds a service in the text of a service file. `None` if it is not there.
pub fn parse_service_file(text: &str, service: &str) -> Result<Option<Keywords>, ConninfoError> {
    let mut found: Option<Keywords> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            if name == service {
                found = Some(Keywords::new());
            }
        } else if let Some(keywords) = &mut found {
            let (key, value) = line
                .split_once('=')
                .ok_or_else(|| wrong(format!("line {} of the service file has no `=`", number + 1)))?;
            check_keyword(key.trim())?;
            keywords.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }
    Ok(found)
}

/// One line of a password file.
#[derive(Debug, Clone)]
pub struct PassEntry {
    fields: [String; 4],
    password: Secret,
}

impl PassEntry {
    /// The password, if the line is for this server, database and user.
    pub fn password_for(&self, host: &HostSpec, dbname: &str, user: &str) -> Option<&Secret> {
        // libpq looks a socket in its default folder up as `localhost`.
        let name = if host.is_socket() { "localhost" } else { host.host.as_str() };
        let port = host.port.to_string();
        let wanted = [name, port.as_str(), dbname, user];
        let fits = self.fields.iter().zip(wanted).all(|(field, value)| field == "*" || field == value)
            || (host.is_socket()
                && self.fields[0] == host.host
                && self.fields[1..]
                    .iter()
                    .zip(&wanted[1..])
                    .all(|(field, value)| field == "*" || field == value));
        fits.then_some(&self.password)
    }
}

/// Parses a password file. Lines that are not of the form `host:port:db:user:password` are passed over, as libpq does.
pub fn parse_passfile(text: &str) -> Vec<PassEntry> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(passfile_line).collect()
}

fn passfile_line(line: &str) -> Option<PassEntry> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => fields.last_mut()?.extend(chars.next()),
            ':' if fields.len() < 5 => fields.push(String::new()),
            c => fields.last_mut()?.push(c),
        }
    }
    let password = fields.pop().map(Secret::new)?;
    Some(PassEntry { fields: fields.try_into().ok()?, password })
}

impl Conninfo {
    /// Checks keywords and fills in libpq's defaults. `system_user` is the name of the user who runs the program,
    /// `home` their folder.
    pub fn from_keywords(
        keywords: &Keywords,
        system_user: Option<&str>,
        home: Option<&std::path::Path>,
    ) -> Result<Conninfo, ConninfoError> {
        let get = |key: &str| keywords.get(key).map(String::as_str).filter(|value| !value.is_empty());
        let user = get("user")
            .or(system_user)
            .ok_or_else(|| wrong("no user is given, and the system names none"))?;
        if let Some(value) = get("gssencmode").filter(|value| !matches!(*value, "disable" | "prefer")) {
            return Err(wrong(format!(
                "connection parameter `gssencmode={value}` is not supported: GSSAPI is not supported"
            )));
        }
        if get("load_balance_hosts").is_some_and(|value| value != "disable") {
            return Err(wrong(
                "connection parameter `load_balance_hosts` is not supported: all connections must reach one server",
            ));
        }
        if let Some(value) =
            get("client_encoding").filter(|v| !v.eq_ignore_ascii_case("utf8") && *v != "auto")
        {
            return Err(wrong(format!(
                "connection parameter `client_encoding={value}` is not supported: UTF8 is always used"
            )));
        }
        let sslmode = choice(get("sslmode"), "sslmode", &SslMode::ALL)?.unwrap_or(SslMode::Prefer);
        let system_roots = get("sslrootcert") == Some("system");
        if system_roots && keywords.contains_key("sslmode") && sslmode != SslMode::VerifyFull {
            return Err(wrong("sslrootcert=system needs sslmode=verify-full"));
        }
        let tls_version = |key: &str| {
            choice(get(key), key, &[("TLSv1", 0), ("TLSv1.1", 1), ("TLSv1.2", 2), ("TLSv1.3", 3)])
        };
        let max = tls_version("ssl_max_protocol_version")?;
        if max.is_some_and(|max| max < 2) {
            return Err(wrong(
                "ssl_max_protocol_version is below TLSv1.2, and older versions are not supported",
            ));
        }
        let seconds = |key: &str| {
            Ok(number::<i64>(get(key), key)?
                .filter(|s| *s > 0)
                .map(|s| Duration::from_secs(s.unsigned_abs())))
        };
        Ok(Conninfo {
            hosts: hosts(get("host"), get("hostaddr"), get("port"))?,
            user: user.to_owned(),
            dbname: get("dbname").unwrap_or(user).to_owned(),
            password: get("password").map(Secret::new),
            passfile: get("passfile").map(PathBuf::from).or_else(|| home.map(|home| home.join(".pgpass"))),
            sslmode: if system_roots { SslMode::VerifyFull } else { sslmode },
            sslrootcert: get("sslrootcert").map(PathBuf::from),
            sslcert: get("sslcert").map(PathBuf::from),
            sslkey: get("sslkey").map(PathBuf::from),
            ssl_min_tls13: tls_version("ssl_min_protocol_version")? == Some(3),
            ssl_max_tls12: max == Some(2),
            sslsni: get("sslsni") != Some("0"),
            channel_binding: choice(
                get("channel_binding"),
                "channel_binding",
                &[
                    ("disable", ChannelBinding::Disable),
                    ("prefer", ChannelBinding::Prefer),
                    ("require", ChannelBinding::Require),
                ],
            )?
            .unwrap_or(ChannelBinding::Prefer),
            // libpq rounds 1 up to 2 seconds, and takes 0 and negative numbers as "no limit".
            connect_timeout: seconds("connect_timeout")?.map(|t| t.max(Duration::from_secs(2))),
            keepalives: number::<i64>(get("keepalives"), "keepalives")? != Some(0),
            keepalives_idle: seconds("keepalives_idle")?,
            keepalives_interval: seconds("keepalives_interval")?,
            keepalives_count: number::<u32>(get("keepalives_count"), "keepalives_count")?,
            options: get("options").map(str::to_owned),
            application_name: get("application_name").or(get("fallback_application_name")).map(str::to_owned),
            target_session_attrs: choice(
                get("target_session_attrs"),
                "target_session_attrs",
                &[
                    ("any", SessionAttributes::Any),
                    ("read-write", SessionAttributes::ReadWrite),
                    ("read-only", SessionAttributes::ReadOnly),
                    ("primary", SessionAttributes::Primary),
                    ("standby", SessionAttributes::Standby),
                    ("prefer-standby", SessionAttributes::PreferStandby),
                ],
            )?
            .unwrap_or(SessionAttributes::Any),
        })
    }

    /// The first host as people name it, for reports.
    pub fn host_text(&self) -> String {
        self.hosts.iter().map(|h| h.host.as_str()).collect::<Vec<_>>().join(",")
    }

    /// The port of the first host.
    pub fn port(&self) -> u16 {
        self.hosts.first().map_or(5432, |h| h.port)
    }

    /// The same server and user, another database.
    #[must_use]
    pub fn with_dbname(&self, dbname: &str) -> Conninfo {
        Conninfo { dbname: dbname.to_owned(), ..self.clone() }
    }
}

fn choice<T: Copy>(
    value: Option<&str>,
    key: &str,
    choices: &[(&str, T)],
) -> Result<Option<T>, ConninfoError> {
    let Some(value) = value else { return Ok(None) };
    match choices.iter().find(|(name, _)| *name == value) {
        Some((_, chosen)) => Ok(Some(*chosen)),
        None => {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let near = crate::pg::nearest::nearest(value, names.iter().copied());
            Err(ConninfoError {
                message: format!("`{key}` cannot be `{value}`: expected one of {}", names.join(", ")),
                hint: near.map(|name| format!("did you mean `{name}`?")),
            })
        }
    }
}

fn number<T: std::str::FromStr>(value: Option<&str>, key: &str) -> Result<Option<T>, ConninfoError> {
    value
        .map(|v| v.trim().parse().map_err(|_| wrong(format!("`{key}` must be a whole number, not `{v}`"))))
        .transpose()
}

fn hosts(
    host: Option<&str>,
    address: Option<&str>,
    port: Option<&str>,
) -> Result<Vec<HostSpec>, ConninfoError> {
    let split = |text: Option<&str>| {
        text.map(|t| t.split(',').map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default()
    };
    let (names, addresses, ports) = (split(host), split(address), split(port));
    let count = names.len().max(addresses.len()).max(1);
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(wrong(format!(
            "{} hosts but {} hostaddr values are given",
            names.len(),
            addresses.len()
        )));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(wrong(format!("{} ports are given for {count} hosts", ports.len())));
    }
    (0..count)
        .map(|i| {
            let port =
                ports.get(i).or(ports.first().filter(|_| ports.len() == 1)).map_or("", String::as_str).trim();
            let port = if port.is_empty() {
                5432
            } else {
                port.parse::<u16>()
                    .ok()
                    .filter(|p| *p > 0)
                    .ok_or_else(|| wrong(format!("port `{port}` is not a number from 1 to 65535")))?
            };
            let address = addresses
                .get(i)
                .filter(|a| !a.is_empty())
                .map(|a| a.parse().map_err(|_| wrong(format!("hostaddr `{a}` is not an IP address"))))
                .transpose()?;
            let host = names.get(i).filter(|n| !n.is_empty()).cloned();
            // Without a host libpq uses the default socket folder of the build; Debian's is the common one.
            let host = host.unwrap_or_else(|| match address {
                Some(address) => IpAddr::to_string(&address),
                None => "/var/run/postgresql".to_owned(),
            });
            Ok(HostSpec { host, address, port })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Conninfo, SslMode, parse_keywords, parse_passfile, parse_service_file};

    fn parse(text: &str) -> Conninfo {
        Conninfo::from_keywords(&parse_keywords(text).unwrap(), Some("me"), None).unwrap()
    }

    fn refusal(text: &str) -> String {
        match parse_keywords(text).and_then(|k| Conninfo::from_keywords(&k, Some("me"), None)) {
            Ok(_) => panic!("accepted {text}"),
            Err(e) => format!("{e} | {}", e.hint.as_deref().unwrap_or_default()),
        }
    }

    #[test]
    fn a_uri_may_hold_several_hosts_sockets_and_escapes() {
        let c = parse(
            "postgresql://us%40er:p%3Aw@a:5433,[::1]:5434,%2Ftmp/d%2Fb?sslmode=verify-full&options=-c%20x%3D1",
        );
        assert_eq!(c.user, "us@er");
        assert_eq!(c.password.as_ref().unwrap().expose(), "p:w");
        assert_eq!(c.dbname, "d/b");
        assert_eq!(
            c.hosts.iter().map(|h| (h.host.as_str(), h.port)).collect::<Vec<_>>(),
            [("a", 5433), ("::1", 5434), ("/tmp", 5432)]
        );
        assert_eq!(c.sslmode, SslMode::VerifyFull);
        assert_eq!(c.options.as_deref(), Some("-c x=1"));
    }

    #[test]
    fn pairs_may_be_quoted_and_spaced() {
        let c = parse(r"host = 'my host' password='a\'b c' dbname=x\ y port=6000");
        assert_eq!((c.hosts[0].host.as_str(), c.dbname.as_str(), c.port()), ("my host", "x y", 6000));
        assert_eq!(c.password.unwrap().expose(), "a'b c");
    }

    #[test]
    fn mistakes_are_named_and_passwords_are_not() {
        assert_eq!(refusal("hots=a"), "unknown connection parameter `hots` | did you mean `host`?");
        assert_eq!(
            refusal("host=a sslmode=verify"),
            "`sslmode` cannot be `verify`: expected one of disable, allow, prefer, require, verify-ca, verify-full | "
        );
        assert!(refusal("host=a port=x").starts_with("port `x` is not a number"));
        assert!(!refusal("host=a hunter2").contains("hunter2"));
        assert!(refusal("mysql://a").contains("not a PostgreSQL URI"));
        assert!(refusal("requirepeer=x").contains("not supported"));
        assert!(!format!("{:?}", parse("password=hunter2")).contains("hunter2"));
    }

    #[test]
    fn a_service_is_found_by_name() {
        let text = "# c\n[a]\nhost=x\n[b]\nhost=y\nport=7\n";
        assert_eq!(parse_service_file(text, "b").unwrap().unwrap()["host"], "y");
        assert!(parse_service_file(text, "c").unwrap().is_none());
    }

    #[test]
    fn a_password_file_matches_with_wildcards_and_escapes() {
        let entries = parse_passfile("#x\nh:5432:d:u:first\n*:*:*:u\\:2:se\\:cond:x\n");
        let c = parse("host=h dbname=d user=u");
        assert_eq!(entries[0].password_for(&c.hosts[0], "d", "u").unwrap().expose(), "first");
        assert_eq!(entries[1].password_for(&c.hosts[0], "z", "u:2").unwrap().expose(), "se:cond:x");
        assert!(entries[0].password_for(&c.hosts[0], "other", "u").is_none());
    }
}
