//! Texts of connection parameters into keywords: URIs, `key=value` lists, service files and password files.
//!
//! What the parameters mean is settled in `conninfo.rs`.

use std::collections::BTreeMap;

use crate::pg::host::HostSpec;
use crate::pg::secret::Secret;

/// What is wrong with a connection string. Never holds a value that could be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConninfoError {
    /// What is wrong, and where.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A mistake without a hint.
pub(crate) fn wrong(message: impl Into<String>) -> ConninfoError {
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
            let is_word = scheme.chars().all(|c| c.is_ascii_alphanumeric());
            return Err(ConninfoError {
                message: format!("`{}://` is not a PostgreSQL URI", if is_word { scheme } else { "…" }),
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
    // Such a path is the rest of a password with a `/`, which would be taken for the name of the database.
    if !authority.contains('@') && path.is_some_and(|path| path.contains('@')) {
        return Err(ConninfoError {
            message: "the URI has an `@` after the `/` that begins the database".to_owned(),
            hint: Some(
                "write a / in a password as %2F, and an @ in the name of a database as %40".to_owned(),
            ),
        });
    }
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
                bracketed.split_once(']').ok_or_else(|| wrong("an address lacks the closing `]`"))?;
            match tail.strip_prefix(':') {
                Some(port) => (name, port),
                None if tail.is_empty() => (name, ""),
                None => return Err(wrong("something other than a port follows the `]` of an address")),
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
        let (key, value) = pair.split_once('=').ok_or_else(|| ConninfoError {
            message: "a parameter after `?` has no value: expected key=value".to_owned(),
            hint: Some("write a ? in a password as %3F".to_owned()),
        })?;
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
            check_separators(&key, &value)?;
        }
        keywords.insert(key, value);
    }
}

/// Pairs in the way of other drivers, such as `host=h;password=p`, would make the password a part of the host.
fn check_separators(key: &str, value: &str) -> Result<(), ConninfoError> {
    let is_pair = |part: &str| {
        let key = part.split_once('=').map(|(key, _)| key.trim().to_ascii_lowercase());
        key.is_some_and(|key| KEYWORDS.iter().any(|(known, _)| *known == key))
    };
    if value.split([';', ',', '&']).skip(1).any(is_pair) {
        return Err(ConninfoError {
            message: format!("the value of `{key}` holds another key=value pair"),
            hint: Some("separate pairs by spaces; put a value that is meant so in single quotes".to_owned()),
        });
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::{parse_keywords, parse_passfile, parse_service_file};
    use crate::pg::Conninfo;

    fn parse(text: &str) -> Conninfo {
        Conninfo::from_keywords(&parse_keywords(text).unwrap(), Some("me"), None).unwrap()
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
