//! SHA-256 of what is on disk.

use std::fmt::Write as _;
use std::io;

use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt};

const BUFFER_BYTES: usize = 256 << 10;

/// Adds all that `reader` still gives to `hash`; returns the number of bytes.
pub(super) async fn absorb(
    hash: &mut Sha256,
    reader: &mut (dyn AsyncRead + Unpin + Send),
) -> io::Result<u64> {
    let mut buffer = Vec::with_capacity(BUFFER_BYTES);
    let mut total = 0_u64;
    while reader.read_buf(&mut buffer).await? > 0 {
        hash.update(&buffer);
        total = total.saturating_add(buffer.len() as u64);
        buffer.clear();
    }
    Ok(total)
}

/// The SHA-256 of an open file from its start, in lower-case hexadecimal.
pub(super) async fn of_file(mut file: File) -> io::Result<String> {
    let mut hash = Sha256::new();
    absorb(&mut hash, &mut file).await?;
    Ok(hex(hash))
}

/// The finished hash in lower-case hexadecimal.
pub(super) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_digest_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1: the message "abc".
        let mut hash = Sha256::new();
        assert_eq!(absorb(&mut hash, &mut &b"abc"[..]).await.unwrap(), 3);
        assert_eq!(hex(hash), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
