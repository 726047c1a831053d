//! Connection strings with libpq's meaning: URIs, `key=value` lists, service files and password files.
//!
//! Only texts are looked at here; who reads the files and the environment is decided elsewhere.
//! Source: <https://www.postgresql.org/docs/18/libpq-connect.html>.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::pg::host::HostSpec;
use crate::pg::keywords::{ConninfoError, Keywords, wrong};
use crate::pg::nearest::nearest;
use crate::pg::secret::Secret;

/// libpq's `sslmode`, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

/// A value as it stands in a `key=value` connection string: in quotes, with what would end them escaped.
pub fn conninfo_value(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
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
            let near = nearest(value, names.iter().copied());
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

/// What stands for the port is not repeated: it may be a password that has a `/` in it.
fn not_a_port() -> ConninfoError {
    ConninfoError {
        message: "a port is not a number from 1 to 65535".to_owned(),
        hint: Some(
            "in a URI, write the characters / ? @ # : of a password as %2F %3F %40 %23 %3A".to_owned(),
        ),
    }
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
                port.parse::<u16>().ok().filter(|p| *p > 0).ok_or_else(not_a_port)?
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
    use super::{Conninfo, SslMode};
    use crate::pg::parse_keywords;

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
        assert!(refusal("host=a port=x").starts_with("a port is not a number"));
        assert!(!refusal("host=a hunter2").contains("hunter2"));
        assert!(refusal("mysql://a").contains("not a PostgreSQL URI"));
        assert!(refusal("requirepeer=x").contains("not supported"));
        assert!(!format!("{:?}", parse("password=hunter2")).contains("hunter2"));
        for text in [
            "postgresql://user:hunter2/x@host/db",
            "postgresql://user:123/hunter2@host/db",
            "postgresql://user:a?hunter2@host/db",
            "postgresql://user@[hunter2",
            "host=h;password=hunter2",
            "host=h;port=5432;password=hunter2",
            "host=h user=u,password=hunter2",
            "dbname=d&password=hunter2",
            "host=h port=hunter2",
            "user:hunter2@mysql://h",
        ] {
            assert!(!refusal(text).contains("hunter2"), "{text}: {}", refusal(text));
        }
        let quoted = parse("password='a;host=b' options='-c x=1;user=2'");
        assert_eq!(quoted.password.unwrap().expose(), "a;host=b");
    }
}
