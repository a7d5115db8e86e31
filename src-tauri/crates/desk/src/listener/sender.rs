//! Who really sent a request that came through a reverse proxy of the clinic's.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{FORWARDED, HeaderMap};
use ipnet::IpNet;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that counts as the sender. Only `proxies` are believed, and only what the last of them saw: whatever
/// stands further to the left came with the request and can be anybody's invention. When the two headers that tell it
/// disagree, one of them came from outside, and the proxy itself counts.
pub(super) fn sender(direct: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_proxy = |address: &IpAddr| proxies.iter().any(|network| network.contains(address));
    if !is_proxy(&direct) {
        return direct;
    }
    let behind = |hops: Vec<Option<IpAddr>>| -> Option<IpAddr> {
        // A hop that names nobody ends the chain: further left nobody vouches.
        hops.into_iter().rev().map_while(|hop| hop).find(|hop| !is_proxy(hop))
    };
    match (hops_of_x_forwarded_for(headers), hops_of_forwarded(headers)) {
        (None, None) => direct,
        (Some(hops), None) | (None, Some(hops)) => behind(hops).unwrap_or(direct),
        (Some(one), Some(other)) => match (behind(one), behind(other)) {
            (Some(one), Some(other)) if one == other => one,
            (_, _) => direct,
        },
    }
}

/// Every hop of every line of the header, in order; `None` for one that is no address. No header: `None`.
fn hops_of_x_forwarded_for(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    hops(headers, X_FORWARDED_FOR, address)
}

/// The same of `Forwarded: for=…;by=…, for=…` (RFC 7239).
fn hops_of_forwarded(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    hops(headers, FORWARDED.as_str(), |hop| {
        hop.split(';')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))
            .and_then(|(_, node)| address(node.trim().trim_matches('"')))
    })
}

fn hops(headers: &HeaderMap, name: &str, read: impl Fn(&str) -> Option<IpAddr>) -> Option<Vec<Option<IpAddr>>> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    if lines.is_empty() {
        return None;
    }
    let hops = lines.into_iter().flat_map(|line| match line.to_str() {
        Ok(text) => text.split(',').map(|hop| read(hop.trim())).collect(),
        Err(_) => vec![None],
    });
    Some(hops.collect())
}

/// `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let read = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    read.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.0.0.2";
    const MANGO: &str = "81.88.80.132";
    const STRANGER: &str = "203.0.113.7";

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    fn through(lines: &[(&str, &str)]) -> IpAddr {
        let proxies = ["10.0.0.0/24".parse().unwrap(), "2001:db8:1::/48".parse().unwrap()];
        sender(ip(PROXY), &headers(lines), &proxies)
    }

    #[test]
    fn nobody_is_believed_unless_the_settings_name_it() {
        let told = headers(&[("x-forwarded-for", MANGO), ("forwarded", "for=81.88.80.132")]);
        assert_eq!(sender(ip(STRANGER), &told, &[]), ip(STRANGER));
        assert_eq!(sender(ip(STRANGER), &told, &["10.0.0.0/24".parse().unwrap()]), ip(STRANGER));
    }

    #[test]
    fn the_last_address_that_is_no_proxy_counts() {
        for lines in [
            &[("x-forwarded-for", MANGO)][..],
            &[("x-forwarded-for", "81.88.80.132, 10.0.0.7")],
            &[("x-forwarded-for", "81.88.80.132:51234")],
            &[("x-forwarded-for", "::ffff:81.88.80.132")],
            &[("x-forwarded-for", "203.0.113.7, 81.88.80.132")],
            &[("x-forwarded-for", STRANGER), ("x-forwarded-for", MANGO)],
            &[("forwarded", "for=81.88.80.132")],
            &[("forwarded", "proto=https;For=\"81.88.80.132:4711\";by=10.0.0.2")],
            &[("forwarded", "for=203.0.113.7, for=81.88.80.132, for=\"[2001:db8:1::7]\"")],
            &[("forwarded", "for=81.88.80.132"), ("x-forwarded-for", MANGO)],
        ] {
            assert_eq!(through(lines), ip(MANGO), "{lines:?}");
        }
    }

    #[test]
    fn an_invented_address_is_not_believed() {
        for lines in [
            &[("x-forwarded-for", "81.88.80.132, 203.0.113.7")][..],
            &[("x-forwarded-for", MANGO), ("x-forwarded-for", STRANGER)],
            &[("forwarded", "for=81.88.80.132, for=203.0.113.7")],
        ] {
            assert_eq!(through(lines), ip(STRANGER), "{lines:?}");
        }
        for lines in [
            &[][..],
            &[("x-forwarded-for", "81.88.80.132, unknown")],
            &[("x-forwarded-for", "")],
            &[("x-forwarded-for", "10.0.0.7")],
            &[("forwarded", "for=_hidden")],
            &[("forwarded", "by=81.88.80.132")],
            // The proxy writes one header and passes the other on.
            &[("x-forwarded-for", MANGO), ("forwarded", "for=203.0.113.7")],
        ] {
            assert_eq!(through(lines), ip(PROXY), "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_left_of_the_last_hop_changes_nothing(left in "[ -~]{0,60}", last in any::<[u8; 4]>()) {
            let last = IpAddr::from(last);
            prop_assume!(last.to_string() != "10.0.0.2" && !last.to_string().starts_with("10.0.0."));
            prop_assert_eq!(through(&[("x-forwarded-for", &format!("{left}, {last}"))]), last);
        }
    }
}
