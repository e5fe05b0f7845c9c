//! In what encoding a file is.

/// What is said of a line that is not UTF-8.
pub(super) fn not_utf8(place: &str) -> String {
    format!("is not UTF-8 text ({place}): save the file as UTF-8")
}

/// Whether a file that begins so is UTF-16, as Excel's "Unicode Text" and PowerShell's `>` write it.
pub(super) fn is_utf16(start: &[u8]) -> bool {
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return true;
    }
    // Without a mark: of ASCII text every other byte is 0.
    let pairs = start.chunks_exact(2).take(8);
    let zeros = |at: usize| pairs.clone().filter(|pair| pair.get(at) == Some(&0)).count();
    pairs.len() >= 2 && (zeros(0) == pairs.len() || zeros(1) == pairs.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_recognized_with_and_without_its_mark() {
        let little: Vec<u8> = "id,text\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "id,text\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(is_utf16(&little) && is_utf16(&big));
        assert!(is_utf16(b"\xff\xfei\0d\0") && is_utf16(b"\xfe\xff\0i\0d"));
        for text in [&b"id,text\n1,a\n"[..], b"", b"\0\0", b"\xef\xbb\xbfid\n", "größe,ж\n".as_bytes()] {
            assert!(!is_utf16(text), "{text:?}");
        }
    }
}
