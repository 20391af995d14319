use std::net::IpAddr;

use ipnet::IpNet;
use scim::shown;
use serde_json::Value;

/// Most networks of a directory: they live in its item.
pub(crate) const MOST_NETWORKS: usize = 16;

/// Networks from which requests are accepted; none stands for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads an array of CIDRs, or one text in which they stand between commas. A single address is a network too.
    ///
    /// Error: 400 `invalidValue`.
    pub fn from_json(value: &Value) -> Result<Self, scim::Error> {
        let texts: Option<Vec<&str>> = match value {
            Value::String(text) => Some(text.split(',').map(str::trim).collect()),
            Value::Array(elements) => elements.iter().map(Value::as_str).collect(),
            _ => None,
        };
        let texts = texts.ok_or_else(|| {
            let detail = "`allowed_networks` is a list of networks such as `203.0.113.0/24`.";
            scim::Error::invalid_value(detail)
        })?;
        if texts.len() > MOST_NETWORKS {
            let detail = format!("`allowed_networks` are at most {MOST_NETWORKS} networks.");
            return Err(scim::Error::invalid_value(detail));
        }
        texts
            .into_iter()
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(crate) fn to_json(&self) -> Value {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Whether a request from this address is accepted. Of an address that is not known, only where all are.
    pub fn allow(&self, source: Option<IpAddr>) -> bool {
        self.0.is_empty()
            || source.is_some_and(|source| {
                let source = source.to_canonical();
                self.0.iter().any(|network| network.contains(&source))
            })
    }
}

fn network(text: &str) -> Result<IpNet, scim::Error> {
    let network = text.parse::<IpNet>().or_else(|_| {
        text.parse::<IpAddr>()
            .map(|address| IpNet::from(address.to_canonical()))
    });
    let network = network.map_err(|_| {
        scim::Error::invalid_value(format!(
            "`{}` in `allowed_networks` is no network: write it as `203.0.113.0/24` or `2001:db8::/32`.",
            shown(text)
        ))
    })?;
    // Sources are IPv4 where they are: such a network would let nobody in.
    if matches!(network.addr(), IpAddr::V6(address) if address.to_ipv4_mapped().is_some()) {
        return Err(scim::Error::invalid_value(format!(
            "`{network}` in `allowed_networks` is an IPv4 network: write it as `203.0.113.0/24`."
        )));
    }
    // Else it would be read as the one address, or as more than it looks.
    if network != network.trunc() {
        return Err(scim::Error::invalid_value(format!(
            "`{network}` in `allowed_networks` has bits beyond its prefix: the network is `{}`.",
            network.trunc()
        )));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(networks: &str, source: &str, allowed: bool) {
        let networks = Networks::from_json(&json!(networks)).unwrap();
        assert_eq!(networks.allow(source.parse().ok()), allowed, "{source}");
    }

    #[test]
    fn addresses_within_are_allowed() {
        check("203.0.113.0/24", "203.0.113.255", true);
        check("203.0.113.0/24", "203.0.114.0", false);
        check("203.0.113.7", "203.0.113.7", true);
        check("203.0.113.7", "203.0.113.8", false);
        check("203.0.113.0/24, 2001:db8::/32", "2001:db8:1::1", true);
        check("203.0.113.0/24, 2001:db8::/32", "2001:db9::1", false);
        check("203.0.113.0/24", "::ffff:203.0.113.1", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("0.0.0.0/0", "unknown", false);
        assert!(Networks::default().allow(None));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        let check = |value: Value, expected: &str| {
            let error = Networks::from_json(&value).unwrap_err();
            assert!(error.detail.contains(expected), "{}", error.detail);
        };
        check(json!("203.0.113.0/33"), "is no network");
        check(json!(["203.0.113"]), "is no network");
        check(json!("::ffff:203.0.113.0/120"), "is an IPv4 network");
        check(json!("203.0.113.7/24"), "the network is `203.0.113.0/24`");
        check(json!(7), "is a list of networks");
        check(json!([7]), "is a list of networks");
        check(vec!["203.0.113.0/24"; 17].into(), "at most 16");
    }
}
