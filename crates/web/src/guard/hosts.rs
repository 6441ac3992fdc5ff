//! Under which names the page answers: a name that an attacker made to lead here is none of them.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use thiserror::Error;

/// The port that an address without one means.
const HTTP: u16 = 80;

/// A name under which whoever visits reaches the page, given by whoever starts it: `sosw.example.com`, or with the
/// port that a proxy or a tunnel has, `localhost:9000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName {
    name: String,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is not the name of a host: give what stands in the address between `//` and the next `/`, such as \
     sosw.example.com or localhost:9000"
)]
pub struct InvalidHostName(String);

impl FromStr for HostName {
    type Err = InvalidHostName;

    fn from_str(text: &str) -> Result<Self, InvalidHostName> {
        let invalid = || InvalidHostName(text.to_owned());
        let (name, port) = split(text).ok_or_else(invalid)?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._[:]".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(invalid());
        }
        Ok(Self { name: name.to_ascii_lowercase(), port })
    }
}

/// Is this `Host` one of the page, which listens at `local`?
pub fn is_own(host: &str, local: SocketAddr, names: &[HostName]) -> bool {
    let Some((name, port)) = split(host) else { return false };
    let name = name.to_ascii_lowercase();
    let ip = local.ip().to_canonical();
    let is_local = match ip.is_loopback() {
        true => ["127.0.0.1", "localhost", "[::1]"].contains(&name.as_str()),
        // An address cannot be made to lead elsewhere, as a name can.
        false => name == written(ip),
    };
    let is_given = |given: &HostName| {
        let is_port = match given.port {
            Some(own) => port == Some(own),
            None => port.is_none_or(|port| port == local.port()),
        };
        given.name == name && is_port
    };
    (is_local && port.unwrap_or(HTTP) == local.port()) || names.iter().any(is_given)
}

/// An address as `Host` has it.
fn written(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// A name or address, and the port behind it.
fn split(host: &str) -> Option<(&str, Option<u16>)> {
    let name_ends = host.rfind(']').map_or(0, |bracket| bracket + 1);
    let (_, rest) = host.split_at_checked(name_ends)?;
    match rest.find(':') {
        None => Some((host, None)),
        Some(colon) => {
            let (name, port) = host.split_at_checked(name_ends + colon)?;
            let digits =
                port.strip_prefix(':').filter(|port| port.bytes().all(|b| b.is_ascii_digit()))?;
            Some((name, Some(digits.parse().ok()?)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(host: &str, local: &str, names: &[&str]) -> bool {
        let names: Vec<_> = names.iter().map(|name| name.parse().unwrap()).collect();
        is_own(host, local.parse().unwrap(), &names)
    }

    #[test]
    fn on_loopback_only_names_of_loopback_with_its_port_are_own() {
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"] {
            assert!(own(host, "127.0.0.1:8080", &[]), "{host}");
            assert!(own(host, "[::1]:8080", &[]), "{host}");
        }
        for host in [
            "evil.example:8080",
            "localhost.evil.example:8080",
            "127.0.0.1.nip.io:8080",
            "127.0.0.1:8081",
            "127.0.0.1",
            "localhost",
            "0.0.0.0:8080",
            "user@127.0.0.1:8080",
            "127.0.0.1:8080@evil.example",
            "127.0.0.1:8080:8080",
            "127.0.0.1:+8080",
            "127.0.0.1:",
            "[::1",
            "",
            ":8080",
        ] {
            assert!(!own(host, "127.0.0.1:8080", &[]), "{host}");
        }
    }

    #[test]
    fn port_80_need_not_be_written() {
        assert!(own("localhost", "127.0.0.1:80", &[]));
        assert!(own("localhost:80", "127.0.0.1:80", &[]));
    }

    #[test]
    fn beyond_loopback_the_address_that_was_reached_is_own_and_names_are_as_given() {
        let local = "10.0.0.7:8080";
        assert!(own("10.0.0.7:8080", local, &[]));
        assert!(own("[fd00::7]:8080", "[fd00::7]:8080", &[]));
        assert!(own("10.0.0.7:8080", "[::ffff:10.0.0.7]:8080", &[]));
        for host in ["10.0.0.8:8080", "localhost:8080", "sosw.example.com:8080"] {
            assert!(!own(host, local, &[]), "{host}");
        }
        let names = ["sosw.example.com", "sosw.example.com:8443"];
        for host in ["sosw.example.com", "SOSW.example.com:8080", "sosw.example.com:8443"] {
            assert!(own(host, local, &names), "{host}");
        }
        for host in ["sosw.example.com:8444", "example.com", "x.sosw.example.com"] {
            assert!(!own(host, local, &names), "{host}");
        }
    }

    #[test]
    fn a_tunnel_with_another_port_is_named() {
        assert!(own("localhost:9000", "127.0.0.1:8080", &["localhost:9000"]));
    }

    #[test]
    fn what_is_no_name_is_refused_with_what_would_be_one() {
        for text in
            ["", "http://sosw.example.com", "a/b", "user@host", "host:port", "a b", "host:99999"]
        {
            let refused = text.parse::<HostName>().unwrap_err().to_string();
            assert!(refused.contains("sosw.example.com"), "{refused}");
        }
    }
}
