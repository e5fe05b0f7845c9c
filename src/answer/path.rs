//! Steps from the root of a value to a place in it.

use std::fmt::Write as _;

/// One step down into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// To the member of this name.
    Key(String),
    /// To the element of this index.
    Index(usize),
}

/// The JSON pointer (RFC 6901) of a path.
pub(crate) fn pointer(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) => {
                out.push('/');
                out.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Step::Index(index) => {
                let _ = write!(out, "/{index}");
            }
        }
    }
    out
}

/// The segments of a JSON pointer, unescaped.
pub(crate) fn segments(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_escape_and_come_back() {
        let path = [Step::Key("a/b~c".into()), Step::Index(2)];
        assert_eq!(pointer(&path), "/a~1b~0c/2");
        assert_eq!(segments("/a~1b~0c/2").collect::<Vec<_>>(), ["a/b~c", "2"]);
        assert_eq!(pointer(&[]), "");
        assert_eq!(segments("").count(), 0);
    }
}
