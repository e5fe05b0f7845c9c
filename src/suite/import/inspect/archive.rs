//! The members of an `.eval` archive: a zip file whose members are compressed by deflate or zstd.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use ruzstd::decoding::StreamingDecoder;
use zip::{CompressionMethod, ZipArchive};

/// An archive.
pub(super) struct Archive(ZipArchive<BufReader<File>>);

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|fault| format!("cannot be read: {fault}"))?;
        let archive = ZipArchive::new(BufReader::new(file));
        archive.map(Self).map_err(|fault| format!("is no whole zip archive: {fault}"))
    }

    /// The names of the members.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.0.file_names().filter_map(Result::ok).map(Cow::into_owned).collect()
    }

    /// A member's text.
    pub(super) fn text(&mut self, name: &str) -> Result<String, String> {
        let fault = |fault: String| format!("has a damaged member {name}: {fault}");
        let bytes = self.bytes(name).map_err(fault)?;
        String::from_utf8(bytes).map_err(|_| fault("it is no text".to_owned()))
    }

    fn bytes(&mut self, name: &str) -> Result<Vec<u8>, String> {
        let index = self.0.index_for_name(name).ok_or("it is not there")?;
        let mut member = self.0.by_index_raw(index).map_err(|fault| fault.to_string())?;
        let mut bytes = Vec::new();
        if member.compression() != CompressionMethod::ZSTD {
            drop(member);
            let mut member = self.0.by_index(index).map_err(|fault| fault.to_string())?;
            member.read_to_end(&mut bytes).map_err(|fault| fault.to_string())?;
            return Ok(bytes);
        }
        let sum = member.crc32();
        let mut packed = Vec::new();
        member.read_to_end(&mut packed).map_err(|fault| fault.to_string())?;
        let mut rest = packed.as_slice();
        while !rest.is_empty() {
            let mut frame = StreamingDecoder::new(&mut rest).map_err(|fault| fault.to_string())?;
            frame.read_to_end(&mut bytes).map_err(|fault| fault.to_string())?;
        }
        if crc32fast::hash(&bytes) != sum {
            return Err("its checksum does not fit".to_owned());
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn members_are_read_however_they_are_packed() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a.eval");
        let mut archive = ZipWriter::new(File::create(&path).unwrap());
        for (name, how) in [("deflated", CompressionMethod::DEFLATE), ("stored", CompressionMethod::STORE)] {
            archive.start_file(name, SimpleFileOptions::default().compression_method(how)).unwrap();
            archive.write_all("é".repeat(500).as_bytes()).unwrap();
        }
        archive.start_file("binary", SimpleFileOptions::default()).unwrap();
        archive.write_all(&[0xff]).unwrap();
        archive.finish().unwrap();
        let mut archive = Archive::open(&path).unwrap();
        assert_eq!(archive.names().into_iter().collect::<Vec<_>>(), ["binary", "deflated", "stored"]);
        for name in ["deflated", "stored"] {
            assert_eq!(archive.text(name), Ok("é".repeat(500)));
        }
        assert_eq!(archive.text("binary"), Err("has a damaged member binary: it is no text".to_owned()));
        assert_eq!(archive.text("absent"), Err("has a damaged member absent: it is not there".to_owned()));
    }
}
