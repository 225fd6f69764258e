//! What a listener of the kit stands behind: nothing, or TLS with a certificate.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;

use libtest_mimic::Failed;

/// What is read from and written to.
pub(super) trait Socket: Read + Write {}

impl<T: Read + Write> Socket for T {}

/// What a listener stands behind.
pub(super) enum Door {
    Open,
    #[cfg(feature = "kafka-tls")]
    Tls(openssl::ssl::SslAcceptor),
}

impl Door {
    /// One that shows this certificate, which has this key.
    #[cfg(feature = "kafka-tls")]
    pub(super) fn showing([certificate, key, _]: &[PathBuf; 3]) -> Result<Self, Failed> {
        use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod};

        let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
        builder.set_certificate_chain_file(certificate)?;
        builder.set_private_key_file(key, SslFiletype::PEM)?;
        Ok(Self::Tls(builder.build()))
    }

    /// There is none in this build.
    #[cfg(not(feature = "kafka-tls"))]
    pub(super) fn showing(_: &[PathBuf; 3]) -> Result<Self, Failed> {
        Err("this build of the tests speaks no TLS".into())
    }

    /// How addresses behind it begin.
    pub(super) fn scheme(&self) -> &'static str {
        match self {
            Self::Open => "http",
            #[cfg(feature = "kafka-tls")]
            Self::Tls(_) => "https",
        }
    }

    /// Lets somebody in.
    pub(super) fn let_in(&self, socket: TcpStream) -> io::Result<Box<dyn Socket>> {
        match self {
            Self::Open => Ok(Box::new(socket)),
            #[cfg(feature = "kafka-tls")]
            Self::Tls(acceptor) => {
                let stream = acceptor.accept(socket).map_err(io::Error::other)?;
                Ok(Box::new(stream))
            }
        }
    }
}
