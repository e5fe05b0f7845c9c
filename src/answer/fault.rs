//! What was repaired in a reply, and what is wrong with it, in words that can be sent back to the model.
//!
//! Each fault names its place by the steps from the root of the value.

use std::fmt;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

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

macro_rules! repairs {
    ($($(#[$doc:meta])* $variant:ident => $name:literal,)*) => {
        /// One way in which a reply departed from JSON that matches the contract, and was read all the same.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Repair {
            $($(#[$doc])* $variant,)*
        }

        impl Repair {
            /// Every repair, in the order in which answers list them.
            pub const ALL: &'static [Repair] = &[$(Repair::$variant,)*];

            /// The name in journals and reports, in `snake_case`; stable.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Repair::$variant => $name,)*
                }
            }
        }
    };
}

repairs! {
    /// The model's thinking before the answer was left out.
    ThinkingRemoved => "thinking_removed",
    /// Text before or after the JSON was left out.
    ProseRemoved => "prose_removed",
    /// A Markdown code fence, or backticks, around the JSON were left out.
    FenceRemoved => "fence_removed",
    /// Several different valid answers stood in the reply; the last one counts.
    LastOfSeveral => "last_of_several",
    /// The JSON came as a JSON string, escaped once more than needed.
    DoubleEncoded => "double_encoded",
    /// The opening brace was missing, as after a prefilled `{`.
    MissingBrace => "missing_brace",
    /// A bracket or brace was missing, of the wrong kind, or one too many.
    BracketMismatch => "bracket_mismatch",
    /// The reply ended early; what was open was closed, and no value that counts was cut.
    Truncated => "truncated",
    /// A comma too many: before a closing bracket, doubled, or leading.
    TrailingComma => "trailing_comma",
    /// A comma was missing, or another mark stood in its place.
    MissingComma => "missing_comma",
    /// A colon was missing, or another mark stood in its place.
    MissingColon => "missing_colon",
    /// Single quotes stood around a key or a string.
    SingleQuotes => "single_quotes",
    /// Typographic quotes stood around a key or a string.
    SmartQuotes => "smart_quotes",
    /// Backticks or triple quotes stood around a key or a string.
    OtherQuotes => "other_quotes",
    /// A key without quotes, or with only one of them.
    UnquotedKey => "unquoted_key",
    /// A string without quotes, or with only one of them.
    UnquotedValue => "unquoted_value",
    /// Quotes inside a string were not escaped.
    UnescapedQuote => "unescaped_quote",
    /// A line break, tab or other control character inside a string was not escaped.
    UnescapedNewline => "unescaped_newline",
    /// A backslash inside a string began no JSON escape.
    InvalidEscape => "invalid_escape",
    /// A literal in another language's spelling: `True`, `None`, `undefined`.
    PythonLiteral => "python_literal",
    /// A number in a spelling that JSON lacks: `+4`, `.5`, `4.`, `04`.
    OddNumber => "odd_number",
    /// A comment was left out.
    CommentRemoved => "comment_removed",
    /// Characters that belong to no value were left out: an ellipsis, a control code, words between two members.
    StrayText => "stray_text",
    /// A key stood twice with the same value, or twice with free text (the last text counts).
    DuplicateKey => "duplicate_key",
    /// The answer stood inside another object or list, such as `{"answer": {...}}` or `[{...}]`.
    Unwrapped => "unwrapped",
    /// The list stood alone, without the object whose only required field it is.
    ListAlone => "list_alone",
    /// A key differed in case, spaces or punctuation only.
    KeyCase => "key_case",
    /// A free-text field came under a synonym, such as `explanation` for `reasoning`.
    KeySynonym => "key_synonym",
    /// A key unknown to a schema that allows no others was left out.
    ExtraKeyDropped => "extra_key_dropped",
    /// An optional field came as null and was left out.
    NullDropped => "null_dropped",
    /// A null came as a string: `"null"`, `"None"`, `"N/A"`.
    NullAsString => "null_as_string",
    /// A number came as a string.
    NumberAsString => "number_as_string",
    /// A number was read out of a short text that leaves no doubt: `4/5` where 5 is the maximum, `85%`, `4 (good)`.
    NumberInText => "number_in_text",
    /// A string came as a number.
    StringAsNumber => "string_as_number",
    /// A boolean came as a string.
    BooleanAsString => "boolean_as_string",
    /// A boolean came as 0 or 1.
    BooleanAsNumber => "boolean_as_number",
    /// A yes-or-no label came as a boolean.
    LabelAsBoolean => "label_as_boolean",
    /// A label differed in case, spaces or punctuation only.
    LabelCase => "label_case",
    /// A single value came in place of a list.
    SingleInArray => "single_in_array",
    /// Free text came as a list of lines.
    ListJoined => "list_joined",
    /// Free text was longer than allowed; its beginning stands.
    TextShortened => "text_shortened",
    /// A list of free text had more items than allowed; the first ones stand.
    ListShortened => "list_shortened",
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of repairs, as one word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Repairs(u64);

impl Repairs {
    pub(crate) fn insert(&mut self, repair: Repair) {
        self.0 |= 1 << (repair as u64);
    }

    pub(crate) fn extend(&mut self, other: Repairs) {
        self.0 |= other.0;
    }

    pub(crate) fn contains(self, repair: Repair) -> bool {
        self.0 & (1 << (repair as u64)) != 0
    }

    /// The repairs in the order of [`Repair::ALL`].
    pub(crate) fn list(self) -> Vec<Repair> {
        Repair::ALL.iter().copied().filter(|repair| self.contains(*repair)).collect()
    }
}

/// The longest stretch of a value that a fault repeats, in characters.
const VALUE_CLIP: usize = 60;
/// The longest problem text, in characters.
const PROBLEM_CLIP: usize = 240;

/// One thing that is wrong with a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where, as a JSON pointer into the answer; empty for the whole.
    pub pointer: String,
    /// What, as a lower-case fragment; values are clipped to 60 characters.
    pub problem: String,
}

impl Fault {
    pub(crate) fn new(pointer: impl Into<String>, problem: impl AsRef<str>) -> Self {
        Self { pointer: pointer.into(), problem: clip(problem.as_ref(), PROBLEM_CLIP) }
    }

    pub(crate) fn whole(problem: impl AsRef<str>) -> Self {
        Self::new("", problem)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            return f.write_str(&self.problem);
        }
        write!(f, "{}: {}", self.pointer, self.problem)
    }
}

/// A reply that holds no valid answer: every fault, and the repairs that were made on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalid {
    /// What is wrong, at least one fault; the order is deterministic.
    pub faults: Vec<Fault>,
    /// The repairs made before the reading was given up, sorted and without repetition.
    pub repairs: Vec<Repair>,
}

impl Invalid {
    pub(crate) fn new(faults: Vec<Fault>, repairs: Repairs) -> Self {
        Self { faults, repairs: repairs.list() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid answer")?;
        for (index, fault) in self.faults.iter().enumerate() {
            write!(f, "{}{fault}", if index == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

/// The value as JSON on one line, clipped to 60 characters.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) if items.len() > 8 => format!("a list of {} values", items.len()),
        Value::Object(members) if members.len() > 4 => format!("an object of {} fields", members.len()),
        Value::String(text) => clip(&Value::from(clip(text, VALUE_CLIP)).to_string(), 2 * VALUE_CLIP),
        other => clip(&other.to_string(), VALUE_CLIP),
    }
}

/// The text without its tail beyond `limit` characters, marked by an ellipsis.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pointers_escape_and_come_back() {
        let path = [Step::Key("a/b~c".into()), Step::Index(2)];
        assert_eq!(pointer(&path), "/a~1b~0c/2");
        assert_eq!(segments("/a~1b~0c/2").collect::<Vec<_>>(), ["a/b~c", "2"]);
        assert_eq!(pointer(&[]), "");
        assert_eq!(segments("").count(), 0);
    }

    #[test]
    fn names_are_the_serialized_names_and_unique() {
        let mut names: Vec<&str> = Repair::ALL.iter().map(|repair| repair.name()).collect();
        for repair in Repair::ALL {
            assert_eq!(serde_json::to_string(repair).unwrap(), format!("\"{}\"", repair.name()));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Repair::ALL.len());
    }

    #[test]
    fn a_set_lists_in_order() {
        let mut set = Repairs::default();
        for repair in Repair::ALL.iter().rev() {
            assert!(!set.contains(*repair));
            set.insert(*repair);
        }
        assert_eq!(set.list(), Repair::ALL);
        assert!(Repair::ALL.is_sorted());
    }

    #[test]
    fn long_values_are_clipped_and_never_echoed_whole() {
        let long = "ä".repeat(5_000);
        assert!(shown(&json!(long)).chars().count() <= 63);
        assert!(shown(&json!({"text": long})).chars().count() <= 61);
        assert_eq!(shown(&json!((0..100).collect::<Vec<_>>())), "a list of 100 values");
        assert_eq!(shown(&json!(7)), "7");
    }

    #[test]
    fn faults_read_as_one_line() {
        let faults = vec![
            Fault::whole("the reply is empty"),
            Fault::new("/score", "7 is greater than the maximum of 5"),
        ];
        let invalid = Invalid::new(faults, Repairs::default());
        assert_eq!(
            invalid.to_string(),
            "invalid answer: the reply is empty; /score: 7 is greater than the maximum of 5"
        );
    }
}
