//! What is true of the provider `ollama`, and the address that `OLLAMA_HOST` means.

use std::net::IpAddr;

use crate::model::facts::{KeyHeader, ModelsKind, ProviderFacts, ServerFacts};
use crate::model::http::whole_address;

pub(crate) const FACTS: ProviderFacts =
    ProviderFacts { name: "ollama", models: ModelsKind::Server(&SERVER), is_weighted: false };

pub(crate) static SERVER: ServerFacts = ServerFacts {
    base_url: "http://127.0.0.1:11434",
    address_variables: &["OLLAMA_HOST"],
    read_address: address,
    address_example: "127.0.0.1:11434",
    key_variable: None,
    key_header: KeyHeader::Bearer,
    headers: &[],
    example: "qwen2.5:7b",
    forms: &[],
    loads_models: true,
    start: Some("ollama serve"),
    decision: None,
    when_missing: |model| format!("get the model with `ollama pull {model}`"),
};

/// `OLLAMA_HOST` in every form that Ollama's own client takes, and a port without its
/// colon. It is what the server listens at: all addresses of this machine mean this machine.
fn address(text: &str) -> Result<String, &'static str> {
    let (scheme, rest, default) = match text.split_once("://") {
        None if text == "ollama.com" => ("https", text, 443),
        None => ("http", text, 11_434),
        Some(("http", rest)) => ("http", rest, 80),
        Some(("https", rest)) => ("https", rest, 443),
        Some(_) => return Err("it has to begin with http:// or https://, or with the host"),
    };
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, place) = match place.rsplit_once('@') {
        Some((user, place)) => (format!("{user}@"), place),
        None => (String::new(), place),
    };
    let (host, port) = host_and_port(place)?;
    let port = match port {
        Some(port) => {
            port.parse::<u16>().ok().filter(|port| *port > 0).ok_or("its port is not 1 to 65535")?
        }
        None => default,
    };
    let path = path.trim_end_matches('/');
    let slash = if path.is_empty() { "" } else { "/" };
    whole_address(&format!("{scheme}://{user}{}:{port}{slash}{path}", reachable(host)))
}

fn host_and_port(place: &str) -> Result<(&str, Option<&str>), &'static str> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or("a `]` is missing")?;
        let port = rest.strip_prefix(':');
        return if port.is_some() || rest.is_empty() {
            Ok((host, port))
        } else {
            Err("its port needs a `:`")
        };
    }
    if place.parse::<IpAddr>().is_ok() {
        return Ok((place, None));
    }
    if !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(("", Some(place)));
    }
    match place.split_once(':') {
        Some((_, port)) if port.contains(':') => Err("an IPv6 address with a port needs brackets"),
        Some((host, "")) => Ok((host, None)),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((place, None)),
    }
}

/// The host as a client reaches it.
fn reachable(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => "[::1]".to_owned(),
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        _ if host.is_empty() => "127.0.0.1".to_owned(),
        _ => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_ollama_host_is_one_address() {
        let forms = [
            ("gpu-box", "http://gpu-box:11434"),
            ("gpu-box:9000", "http://gpu-box:9000"),
            ("gpu-box:", "http://gpu-box:11434"),
            ("10.0.0.7", "http://10.0.0.7:11434"),
            (":9000", "http://127.0.0.1:9000"),
            ("9000", "http://127.0.0.1:9000"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:9000", "http://127.0.0.1:9000"),
            ("http://0.0.0.0:9000/", "http://127.0.0.1:9000"),
            ("[::]:9000", "http://[::1]:9000"),
            ("::", "http://[::1]:11434"),
            ("::1", "http://[::1]:11434"),
            ("[::1]", "http://[::1]:11434"),
            ("[::1]:9000", "http://[::1]:9000"),
            ("http://gpu-box", "http://gpu-box:80"),
            ("https://gpu-box", "https://gpu-box:443"),
            ("https://gpu-box:8443/ollama/", "https://gpu-box:8443/ollama"),
            ("gpu-box/ollama", "http://gpu-box:11434/ollama"),
            ("me:secret@gpu-box:9000", "http://me:secret@gpu-box:9000"),
            ("ollama.com", "https://ollama.com:443"),
        ];
        for (form, url) in forms {
            assert_eq!(address(form).as_deref(), Ok(url), "{form}");
        }
    }
}
