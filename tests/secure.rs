//! Servers whose certificate is no good, and one that a private authority has signed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use evenhand::model::{Failure, FailureKind, OpenAiOptions, Provider};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::project::Project;
use crate::support::requests::plain;

/// A private authority.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// A server's certificate and key, signed by the authority.
fn signed(
    params: &CertificateParams,
    by: &CertifiedIssuer<'static, KeyPair>,
) -> (CertificateDer<'static>, KeyPair) {
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, by).unwrap().der().clone(), key)
}

/// Answers every call over TLS, on a runtime of its own; its address.
fn serve((certificate, key): (CertificateDer<'static>, KeyPair)) -> String {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (told, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move { answer(&acceptor, stream).await });
            }
        });
    });
    format!("https://localhost:{}/v1", address.recv_timeout(Duration::from_secs(10)).unwrap().port())
}

/// One reply, whatever is asked, and the end of the connection.
async fn answer(acceptor: &TlsAcceptor, stream: TcpStream) -> io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut asked = vec![0; 64 * 1024];
    while !String::from_utf8_lossy(&asked).contains("\"messages\"") {
        if stream.read(&mut asked).await? == 0 {
            return Ok(());
        }
    }
    let content = r#"{\"reasoning\": \"so\", \"verdict\": \"yes\"}"#;
    let body =
        format!(r#"{{"choices": [{{"message": {{"content": "{content}"}}, "finish_reason": "stop"}}]}}"#);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length:";
    stream.write_all(format!("{head} {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
    stream.shutdown().await
}

async fn failure(url: String) -> Failure {
    Provider::openai(OpenAiOptions::new("m").at(url)).unwrap().complete(&plain()).await.unwrap_err()
}

#[tokio::test]
async fn a_certificate_that_nobody_known_has_signed() {
    let by_stranger = signed(&named("localhost"), &authority());
    let key = KeyPair::generate().unwrap();
    let by_itself = (named("localhost").self_signed(&key).unwrap().der().clone(), key);
    for server in [by_stranger, by_itself] {
        let failure = failure(serve(server)).await;
        assert_eq!((failure.kind, failure.kind.is_retryable()), (FailureKind::Tls, false), "{failure}");
        assert!(failure.detail.contains("certificate is not signed by an authority"), "{failure}");
        let remedy = failure.remedy.unwrap();
        assert!(!remedy.contains("running"), "{remedy}");
        #[cfg(target_os = "linux")]
        assert!(remedy.contains("SSL_CERT_FILE"), "{remedy}");
    }
}

/// A server that answers whatever comes with these bytes, and closes.
async fn blunt(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut greeting = [0; 4096];
            let _ = stream.read(&mut greeting).await;
            let _ = stream.write_all(answer).await;
        }
    });
    url
}

#[tokio::test]
async fn plain_http_where_tls_is_expected() {
    let answering = failure(blunt(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await).await;
    assert_eq!(answering.kind, FailureKind::Tls, "{answering}");
    let closing = failure(blunt(b"").await).await;
    assert_eq!(closing.kind, FailureKind::Connection, "{closing}");
    for failure in [answering, closing] {
        assert!(failure.remedy.as_deref().unwrap().contains("`http://`"), "{failure}");
    }
}

/// What a run says whose machine trusts the authority.
#[cfg(target_os = "linux")]
fn run(params: CertificateParams) -> (String, Project) {
    let authority = authority();
    let url = serve(signed(&params, &authority));
    let project = Project::judged_at(&url);
    project.write("authority.pem", authority.pem());
    let file = project.path("authority.pem");
    let ran = project.evenhand_with(("SSL_CERT_FILE", file.to_str().unwrap()), &["run", "--limit", "1"]);
    (ran.to_string(), project)
}

#[cfg(target_os = "linux")]
#[test]
fn an_authority_in_the_named_file_is_trusted() {
    let (ran, _) = run(named("localhost"));
    assert!(ran.contains("all scored"), "{ran}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_certificate_out_of_date_or_for_another_name_says_so() {
    let mut expired = named("localhost");
    (expired.not_before, expired.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
    let mut early = named("localhost");
    (early.not_before, early.not_after) = (date_time_ymd(3001, 1, 1), date_time_ymd(3002, 1, 1));
    let mut is_authority = named("localhost");
    is_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    for (params, detail, remedy) in [
        (expired, "has expired", "renew it"),
        (early, "is not valid yet", "this machine's clock"),
        (named("models.example"), "is not for the name localhost, but for models.example", "in base_url"),
        (is_authority, "is that of an authority", "CA:FALSE"),
    ] {
        let (ran, project) = run(params);
        let why = project.journal()[0]["result"]["unscored"].clone();
        assert!(why["detail"].as_str().unwrap().contains(detail), "{ran}");
        assert!(why["remedy"].as_str().unwrap().contains(remedy), "{ran}");
        assert_eq!(project.journal()[0]["attempts"][0]["failure"]["tries"], 1, "{ran}");
    }
}
