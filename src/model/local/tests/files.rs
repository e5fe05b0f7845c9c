//! Files that are no model.

use super::*;

fn load_fault(path: &Path) -> EngineFault {
    block_on(Engine::load(path.to_owned(), OPTIONS)).expect_err("no model")
}

#[test]
fn a_path_without_a_model_says_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("writes");
        path
    };
    let missing = load_fault(&folder.path().join("none.gguf"));
    assert!(matches!(missing, EngineFault::NotFound { .. }), "{missing}");
    for path in [
        folder.path().to_owned(),
        file("page.gguf", b"<!DOCTYPE html>"),
        file("empty.gguf", b""),
        file("short.gguf", b"GGUF\x03\0\0\0"),
    ] {
        let fault = load_fault(&path);
        assert!(matches!(fault, EngineFault::NotAModel { .. }), "{path:?}: {fault}");
    }
}

#[test]
fn a_model_cut_off_anywhere_is_refused() {
    let Some(path) = model_path() else { return };
    let _turn = turn();
    let whole = std::fs::read(path).expect("reads");
    let folder = tempfile::tempdir().expect("a folder");
    for length in [1_000, 1_500_000, whole.len() / 2, whole.len() - 1] {
        let path = folder.path().join("cut.gguf");
        std::fs::write(&path, whole.iter().copied().take(length).collect::<Vec<u8>>()).expect("writes");
        let fault = load_fault(&path);
        assert!(
            matches!(fault, EngineFault::NotAModel { .. } | EngineFault::Load { .. }),
            "{length}: {fault}"
        );
    }
}
