//! Replies that several workers share through a folder: each writes a file of its own, and reads those of all.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::kept::KeptReplies;
use super::recording::{RecordedTimes, Recorder};
use super::request::Key;
use super::response::Response;
use crate::error::{Error, ErrorKind, Result};

/// The replies in a folder that workers share. No file is written by two of them, so that the folder may be on any file
/// system that all of them see. What a worker had paid for when it ended suddenly is found by the others.
#[derive(Debug)]
pub struct SharedReplies {
    folder: PathBuf,
    own: Arc<Recorder>,
    files: Mutex<BTreeMap<PathBuf, KeptReplies>>,
}

impl SharedReplies {
    /// Opens a folder, makes it if it is not there, and reads what is in it.
    ///
    /// # Errors
    /// The folder cannot be written, or a file in it cannot be read.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let own = Recorder::append(&folder.join(own_name()), RecordedTimes::Keep)?;
        let shared = Self { folder: folder.to_owned(), own: Arc::new(own), files: Mutex::default() };
        shared.look()?;
        Ok(shared)
    }

    /// The file of this worker.
    pub(crate) fn own(&self) -> Arc<Recorder> {
        Arc::clone(&self.own)
    }

    /// Reads what any worker has written since the last look.
    ///
    /// # Errors
    /// The folder or a file in it cannot be read.
    pub(crate) fn look(&self) -> Result<()> {
        let unreadable = |source| {
            Error::new(ErrorKind::Io, format!("cannot read {}: {source}", self.folder.display()))
                .help("the folder of shared replies has to be on a disk that all workers see")
        };
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in fs::read_dir(&self.folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_none_or(|ending| ending != "jsonl") {
                continue;
            }
            let length = fs::metadata(&path).map_err(unreadable)?.len();
            if length == 0 {
                continue;
            }
            match files.get_mut(&path) {
                Some(kept) if kept.end() == length => {}
                Some(kept) => kept.read_on(&HashSet::new())?,
                None => drop(files.insert(path.clone(), KeptReplies::open(&path, &HashSet::new())?)),
            }
        }
        Ok(())
    }

    /// A model's reply under a key, as far as it was there at the last look.
    pub(super) fn find(&self, model: &str, key: &Key) -> Option<Response> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.values().find_map(|kept| kept.find_by(model, key))
    }
}

/// A name that no other worker takes: the machine's, the process's number, the time.
fn own_name() -> String {
    let machine = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine: String =
        machine.chars().filter(|sign| sign.is_ascii_alphanumeric() || *sign == '-').collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_nanos());
    format!("{machine}-{}-{now:x}.jsonl", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Parameters, Request};
    use crate::prompt::{Message, Role};

    fn request(text: &str) -> Request {
        Request::new(vec![Message::new(Role::User, text)], 0, None, Parameters::default())
    }

    fn write(shared: &SharedReplies, question: &str, answer: &str) {
        let reply = Response { text: answer.into(), ..Response::default() };
        shared.own.write("mock", &request(question), &reply).unwrap();
    }

    fn find(shared: &SharedReplies, model: &str, question: &str) -> Option<String> {
        shared.find(model, &request(question).key()).map(|reply| reply.text.clone())
    }

    #[test]
    fn workers_find_the_replies_of_all_at_their_next_look() {
        let folder = tempfile::TempDir::new().unwrap();
        let one = SharedReplies::open(folder.path()).unwrap();
        write(&one, "a", "1");
        let other = SharedReplies::open(folder.path()).unwrap();
        assert_eq!(find(&other, "mock", "a").as_deref(), Some("1"), "what was there is read at the start");
        assert_eq!(find(&other, "another model", "a"), None);
        write(&one, "b", "2");
        write(&other, "c", "3");
        assert_eq!(find(&other, "mock", "b"), None);
        for worker in [&one, &other] {
            worker.look().unwrap();
            assert_eq!(["a", "b", "c"].map(|q| find(worker, "mock", q).unwrap()), ["1", "2", "3"]);
        }
    }

    #[test]
    fn a_line_that_a_worker_did_not_end_is_left_out_and_read_when_it_is_whole() {
        let folder = tempfile::TempDir::new().unwrap();
        let one = SharedReplies::open(folder.path()).unwrap();
        write(&one, "a", "1");
        one.look().unwrap();
        let path = one.files.lock().unwrap().keys().next().unwrap().clone();
        let whole = fs::read_to_string(&path).unwrap();
        let dead = folder.path().join("dead.jsonl");
        fs::write(&dead, &whole[..whole.len() / 2]).unwrap();
        let other = SharedReplies::open(folder.path()).unwrap();
        assert_eq!(find(&other, "mock", "a").as_deref(), Some("1"));
        fs::remove_file(&path).unwrap();
        fs::write(&dead, &whole).unwrap();
        let third = SharedReplies::open(folder.path()).unwrap();
        assert_eq!(find(&third, "mock", "a").as_deref(), Some("1"));
    }
}
