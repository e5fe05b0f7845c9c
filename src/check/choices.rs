//! The words that a check's keys take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A choice among words, the first by default.
macro_rules! choices {
    ($($(#[$meta:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident, $($(#[$doc:meta])* $other:ident,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[$first_doc])* #[default] $first,
            $($(#[$doc])* $other,)*
        }
    )*};
}

choices! {
    /// What becomes of a record that lacks the field with what is expected.
    IfMissing {
        /// The record gets no score.
        Unscored,
        /// The check is left out for this record, as if the suite did not have it.
        Skip,
    }

    /// How many of the texts the output must contain.
    Needs {
        /// All of them.
        All,
        /// At least one.
        Any,
        /// None.
        None,
    }

    /// What is counted for an output's length.
    LengthUnit {
        /// Characters, as Unicode has them.
        Characters,
        /// Words, with white space between them.
        Words,
        /// Lines.
        Lines,
        /// Units of UTF-16, as JavaScript and Java count.
        Utf16,
    }

    /// Which number of a text is meant.
    Take {
        /// The last.
        Last,
        /// The first.
        First,
    }

    /// What may stand between tools that are called in order.
    Order {
        /// Any other calls, of the same tools too.
        Subsequence,
        /// Calls of tools that are not in the list.
        Strict,
    }

    /// How the tools called are compared with a list.
    Compare {
        /// The same calls, in any order.
        Unordered,
        /// The same calls in the same order.
        Strict,
        /// No call that is not in the list.
        Subset,
        /// All calls of the list, and perhaps others.
        Superset,
    }

    /// Whether it matters how often a tool is called.
    Repeats {
        /// It does.
        Count,
        /// Only a tool's first call counts, and its first place in the list.
        Ignore,
    }

    /// Which calls of a tool must fit the schema.
    Arguments {
        /// Every one, and there must be one.
        Every,
        /// At least one.
        Any,
        /// Every one, if there is any.
        EveryIfCalled,
    }

    /// What of two texts ROUGE compares.
    RougeVariant {
        /// Their longest common subsequence of words.
        #[serde(rename = "rougeL")]
        RougeL,
        /// Their words.
        Rouge1,
        /// Their pairs of neighboring words.
        Rouge2,
    }

    /// Which measure of ROUGE counts.
    RougeMeasure {
        /// The harmonic mean of precision and recall.
        F1,
        /// The share of the output that is in the reference.
        Precision,
        /// The share of the reference that is in the output.
        Recall,
    }

    /// What of two texts chrF compares.
    ChrfVariant {
        /// Runs of 1 to 6 characters.
        Chrf,
        /// The same, and words and pairs of words.
        #[serde(rename = "chrf++")]
        ChrfPlusPlus,
    }

    /// What counts as a step.
    Counted {
        /// Whatever the agent says on its way, and each call.
        Steps,
        /// Calls only.
        Calls,
    }
}
