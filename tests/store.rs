//! The store: found again, shared, bounded, and never worse than absent.

use std::path::{Path, PathBuf};

use evenhand::internal::store::{Entry, Kind, Store, StoreKey, StoreOptions};
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("state/cache.sqlite");
    (folder, path)
}

fn open(path: &Path) -> Store {
    Store::open(path, StoreOptions::default()).unwrap()
}

fn key(number: u32) -> StoreKey {
    StoreKey(*blake3::hash(&number.to_le_bytes()).as_bytes())
}

fn entry(number: u32, body: impl Into<Vec<u8>>) -> Entry {
    Entry {
        key: key(number),
        kind: Kind::Reply,
        source: "mock/m".into(),
        record: Some(format!("r{number}")),
        parts: vec![("schema".into(), "abc".into())],
        body: body.into(),
    }
}

#[tokio::test]
async fn what_was_put_is_found_by_whoever_opens_the_file() {
    let (_folder, path) = place();
    let store = open(&path);
    assert_eq!(store.get(&key(1)).unwrap(), None);
    store.put(entry(1, "one")).await.unwrap();
    store.put(entry(2, "two")).await.unwrap();
    store.put(entry(1, "one anew")).await.unwrap();
    let other = open(&path);
    assert_eq!(other.get(&key(1)).unwrap().unwrap(), b"one anew");
    assert_eq!(other.get(&key(2)).unwrap().unwrap(), b"two");
    let about = other.about("r2", Kind::Reply).unwrap();
    assert_eq!((about.len(), about[0].key, about[0].parts.len()), (1, key(2), 1));
    assert_eq!(other.holdings().unwrap().entries, 2);
}

#[test]
fn many_writers_at_once_lose_nothing() {
    let (_folder, path) = place();
    std::thread::scope(|scope| {
        for writer in 0..4_u32 {
            let path = &path;
            scope.spawn(move || {
                // Each opens the file for itself, as a process of its own would, the first one making it.
                let store = open(path);
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for number in 0..25 {
                    runtime.block_on(store.put(entry(writer * 100 + number, "x"))).unwrap();
                }
            });
        }
    });
    let store = open(&path);
    let mut seen = 0;
    store
        .each(Kind::Reply, |_| {
            seen += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, 100);
}

#[tokio::test]
async fn the_size_is_bounded_and_the_longest_unused_go_first() {
    let (_folder, path) = place();
    let bound = 512 << 10;
    let store = Store::open(&path, StoreOptions { max_bytes: bound }).unwrap();
    for number in 0..200 {
        store.put(entry(number, vec![7; 8 << 10])).await.unwrap();
    }
    let full = store.holdings().unwrap().bytes;
    let pruned = store.prune_to(bound).unwrap();
    assert!(pruned.bytes_before == full && pruned.bytes_after <= bound, "{pruned:?}");
    assert!(pruned.entries > 0 && store.holdings().unwrap().entries > 20);
    assert!(store.get(&key(0)).unwrap().is_none() && store.get(&key(199)).unwrap().is_some());
    assert!(path.metadata().unwrap().len() <= bound, "the disk has its room back");
    assert_eq!(store.prune_older_than(60).unwrap().entries, 0);
}

#[test]
fn a_file_that_is_none_of_ours_is_named_with_a_way_out() {
    let (folder, path) = place();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "not a database, but long enough to look like one ".repeat(40)).unwrap();
    let error = Store::open(&path, StoreOptions::default()).unwrap_err();
    let text = format!("{error:#}").replace(&folder.path().display().to_string(), "[folder]");
    insta::assert_snapshot!(text);
    Store::delete(&path).unwrap();
    assert!(Store::open(&path, StoreOptions::default()).is_ok());
}

#[tokio::test]
async fn a_file_damaged_in_the_middle_is_an_error_not_an_end() {
    let (_folder, path) = place();
    let store = open(&path);
    for number in 0..100 {
        store.put(entry(number, vec![7; 2000])).await.unwrap();
    }
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[4096..length].fill(0x55);
    std::fs::write(&path, bytes).unwrap();
    if let Ok(store) = Store::open(&path, StoreOptions::default()) {
        assert!((0..100).any(|number| store.get(&key(number)).is_err()));
    }
}
