//! The socket of a client: as it is, or behind TLS. Who answers behind TLS shows a certificate for the
//! name that was asked for, signed by whoever is trusted; nothing turns that off.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

/// Whose signature is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Whom the system trusts.
    #[default]
    System,
    /// Whoever is named in this file, and nobody else.
    File(PathBuf),
}

/// This build speaks TLS as a client.
pub const TLS: bool = cfg!(feature = "kafka-tls");

/// A socket.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    #[cfg(feature = "kafka-tls")]
    Tls(Box<openssl::ssl::SslStream<TcpStream>>),
}

impl Stream {
    /// A socket that is open, behind TLS for this host when it says one.
    pub(super) fn open(socket: TcpStream, host: Option<&str>, trust: &Trust) -> io::Result<Self> {
        match host {
            None => Ok(Self::Plain(socket)),
            Some(host) => secured(socket, host, trust),
        }
    }
}

#[cfg(not(feature = "kafka-tls"))]
fn secured(_: TcpStream, _: &str, _: &Trust) -> io::Result<Stream> {
    // An address that asks for it is not read in such a build.
    Err(io::Error::other(NO_TLS))
}

/// What is said where there is none.
pub(super) const NO_TLS: &str = "this build speaks no TLS: build it with `--features kafka-tls`";

#[cfg(feature = "kafka-tls")]
fn secured(socket: TcpStream, host: &str, trust: &Trust) -> io::Result<Stream> {
    use openssl::ssl::HandshakeError;
    use openssl::x509::X509VerifyResult;

    let connector = connector(trust)?;
    match connector.connect(host, socket) {
        Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
        Err(HandshakeError::SetupFailure(error)) => Err(io::Error::other(error)),
        Err(HandshakeError::WouldBlock(_)) => Err(io::ErrorKind::TimedOut.into()),
        Err(HandshakeError::Failure(open)) => {
            let verified = open.ssl().verify_result();
            if verified == X509VerifyResult::OK {
                let error = open.error();
                return Err(io::Error::other(format!("it speaks no TLS: {error}")));
            }
            let why = verified.error_string();
            let says = "its certificate is not trusted: `https.ca.location` names nobody who signed it, or it is for \
                        another host";
            Err(io::Error::other(format!("{says} ({why})")))
        }
    }
}

/// Who believes them, and nobody that the system trusts beside.
#[cfg(feature = "kafka-tls")]
fn connector(trust: &Trust) -> io::Result<openssl::ssl::SslConnector> {
    use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode, SslVersion};

    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_verify(SslVerifyMode::PEER);
    match trust {
        Trust::System => {
            builder.set_default_verify_paths()?;
            // A library that was compiled along does not know where the system keeps them.
            if let Some(bundle) = BUNDLES.iter().find(|path| Path::new(path).exists()) {
                builder.set_ca_file(bundle)?;
            }
        }
        Trust::File(path) => builder.set_cert_store(store(path)?),
    }
    Ok(builder.build())
}

/// Where systems keep the certificates of whom they trust.
#[cfg(feature = "kafka-tls")]
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Whoever is named in a file of PEM.
#[cfg(feature = "kafka-tls")]
pub(super) fn store(path: &Path) -> io::Result<openssl::x509::store::X509Store> {
    use openssl::x509::X509;
    use openssl::x509::store::X509StoreBuilder;

    let told = |what: String| io::Error::other(format!("`{}`: {what}", path.display()));
    let text = std::fs::read(path).map_err(|error| told(error.to_string()))?;
    let all = X509::stack_from_pem(&text).map_err(|error| told(error.to_string()))?;
    if all.is_empty() {
        return Err(told("it holds no certificate in PEM".to_owned()));
    }
    let mut store = X509StoreBuilder::new()?;
    for one in all {
        store.add_cert(one)?;
    }
    Ok(store.build())
}

impl Trust {
    /// Whoever is named in this file, if one is said; otherwise whom the system trusts.
    #[must_use]
    pub fn of(file: Option<&Path>) -> Self {
        file.map_or(Self::System, |path| Self::File(path.to_owned()))
    }

    /// What it names can be used.
    ///
    /// # Errors
    /// What in the file is no certificate.
    pub fn check(&self) -> Result<(), String> {
        #[cfg(feature = "kafka-tls")]
        if let Self::File(path) = self {
            store(path).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(bytes),
            #[cfg(feature = "kafka-tls")]
            Self::Tls(stream) => stream.read(bytes),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            #[cfg(feature = "kafka-tls")]
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            #[cfg(feature = "kafka-tls")]
            Self::Tls(stream) => stream.flush(),
        }
    }
}
