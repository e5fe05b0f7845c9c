//! Checks as their author writes them.
//!
//! What is expected stands in the check, or under the same key with `_field`
//! behind it the name of the record's field that holds it.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::choices::{
    Arguments, ChrfVariant, Compare, Counted, IfMissing, LengthUnit, Needs, Order, Repeats, RougeMeasure,
    RougeVariant, Take,
};

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CheckFile {
    /// The output is what is expected.
    Exact(ExactFile),
    /// The output contains texts, or contains none of them.
    Contains(ContainsFile),
    /// The output matches a regular expression, or does not.
    Regex(RegexFile),
    /// The output is at least and at most so long.
    Length(LengthFile),
    /// A number in the output is near enough to the expected one.
    Number(NumberFile),
    /// The output is as near to a reference as BLEU wants it.
    Bleu(BleuFile),
    /// The output is as near to a reference as chrF or chrF++ want it.
    Chrf(ChrfFile),
    /// The output is as near to a reference as ROUGE wants it.
    Rouge(RougeFile),
    /// The output is few changes of letters away from a reference.
    EditSimilarity(EditSimilarityFile),
    /// The output is JSON that fits a schema.
    JsonSchema(JsonSchemaFile),
    /// A tool was called so many times.
    ToolCalled(ToolCalledFile),
    /// Tools were called in this order.
    ToolOrder(ToolOrderFile),
    /// The tools called are those of a list.
    ToolList(ToolListFile),
    /// A tool's arguments fit a schema.
    ToolArguments(ToolArgumentsFile),
    /// None of these tools was called.
    ForbiddenTool(ForbiddenToolFile),
    /// The agent took at most so many steps.
    MaxSteps(MaxStepsFile),
    /// The output took at most so long.
    MaxLatencyMs(MaxLatencyFile),
    /// The output cost at most so much.
    MaxCostUsd(MaxCostFile),
}

/// What every kind of check has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    pub(super) weight: f64,
    pub(super) required: bool,
    pub(super) if_missing: IfMissing,
}

/// A kind's own keys, and behind them the keys that every kind has.
macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident { $($(#[$key:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$key])* pub $field: $type,)*
            /// The check's share in the score, relative to the other parts of the suite; 1 by default, 0 to only report it or only require it.
            #[serde(default = "one")]
            #[schemars(range(min = 0.0))]
            pub weight: f64,
            /// Whether the whole is worth 0 if this fails; false by default.
            #[serde(default)]
            pub required: bool,
            /// What becomes of a record that lacks the field with what is expected.
            #[serde(default)]
            pub if_missing: IfMissing,
        }

        impl $name {
            fn shared(&self) -> Shared {
                Shared { weight: self.weight, required: self.required, if_missing: self.if_missing }
            }
        }
    )*};
}

kinds! {
    /// The output is what is expected.
    ExactFile {
        /// The expected output: a text, or any value, with which the output is compared as JSON.
        expected: Option<Value>,
        /// The record's field that holds it.
        expected_field: Option<String>,
        /// Whether white space around both is left out of account; true by default.
        #[serde(default = "yes")]
        trim: bool,
        /// Whether upper and lower case are the same; false by default.
        #[serde(default)]
        ignore_case: bool,
    }

    /// The output contains texts.
    ContainsFile {
        /// The texts.
        expected: Option<Vec<String>>,
        /// The record's field that holds a text or a list of them.
        expected_field: Option<String>,
        /// How many of them: all by default.
        #[serde(default)]
        needs: Needs,
        /// Whether upper and lower case are the same; false by default.
        #[serde(default)]
        ignore_case: bool,
    }

    /// The output matches a regular expression.
    RegexFile {
        /// The pattern, found anywhere in the output; `^` and `$` for the whole.
        pattern: String,
        /// Whether the output must not match; false by default.
        #[serde(default)]
        absent: bool,
    }

    /// The output is at least and at most so long.
    LengthFile {
        /// The least length.
        min: Option<usize>,
        /// The greatest length.
        max: Option<usize>,
        /// What is counted: characters by default.
        #[serde(default)]
        unit: LengthUnit,
    }

    /// A number in the output is near enough to the expected one.
    NumberFile {
        /// The number.
        expected: Option<f64>,
        /// The record's field that holds it.
        expected_field: Option<String>,
        /// How far off it may be; 0 by default. With `relative` too, the wider of the two counts.
        #[serde(default)]
        #[schemars(range(min = 0.0))]
        tolerance: f64,
        /// How far off it may be as a share of the expected number; 0 by default.
        #[serde(default)]
        #[schemars(range(min = 0.0))]
        relative: f64,
        /// Which number of a text; the last by default.
        #[serde(default)]
        take: Take,
        /// The number's place in an output that is JSON, as a JSON pointer: "/total".
        pointer: Option<String>,
    }

    /// BLEU of the output against the references.
    BleuFile {
        /// The reference texts.
        expected: Option<Vec<String>>,
        /// The record's field that holds a reference text or a list of them.
        expected_field: Option<String>,
        /// The lowest value that passes, from 0 to 1.
        #[schemars(range(min = 0.0, max = 1.0))]
        min: f64,
        /// Whether upper and lower case are the same; false by default.
        #[serde(default)]
        ignore_case: bool,
        /// The text's place in an output that is JSON, as a JSON pointer: "/summary".
        pointer: Option<String>,
    }

    /// chrF or chrF++ of the output against the nearest reference.
    ChrfFile {
        /// The reference texts.
        expected: Option<Vec<String>>,
        /// The record's field that holds a reference text or a list of them.
        expected_field: Option<String>,
        /// The lowest value that passes, from 0 to 1.
        #[schemars(range(min = 0.0, max = 1.0))]
        min: f64,
        /// What is compared; runs of characters by default.
        #[serde(default)]
        variant: ChrfVariant,
        /// Whether upper and lower case are the same; false by default.
        #[serde(default)]
        ignore_case: bool,
        /// The text's place in an output that is JSON, as a JSON pointer: "/summary".
        pointer: Option<String>,
    }

    /// ROUGE of the output against the nearest reference.
    RougeFile {
        /// The reference texts.
        expected: Option<Vec<String>>,
        /// The record's field that holds a reference text or a list of them.
        expected_field: Option<String>,
        /// The lowest value that passes, from 0 to 1.
        #[schemars(range(min = 0.0, max = 1.0))]
        min: f64,
        /// What is compared; the longest common subsequence by default.
        #[serde(default)]
        variant: RougeVariant,
        /// Which measure counts; F1 by default.
        #[serde(default)]
        measure: RougeMeasure,
        /// The text's place in an output that is JSON, as a JSON pointer: "/summary".
        pointer: Option<String>,
    }

    /// 1 − Levenshtein distance / length of the longer text, against the nearest reference.
    EditSimilarityFile {
        /// The reference texts.
        expected: Option<Vec<String>>,
        /// The record's field that holds a reference text or a list of them.
        expected_field: Option<String>,
        /// The lowest value that passes, from 0 to 1.
        #[schemars(range(min = 0.0, max = 1.0))]
        min: f64,
        /// Whether upper and lower case are the same; false by default.
        #[serde(default)]
        ignore_case: bool,
        /// The text's place in an output that is JSON, as a JSON pointer: "/summary".
        pointer: Option<String>,
    }

    /// The output is JSON that fits a schema.
    JsonSchemaFile {
        /// The schema.
        schema: Option<Value>,
        /// A file that holds it.
        schema_file: Option<PathBuf>,
    }

    /// A tool was called so many times.
    ToolCalledFile {
        /// The tool.
        tool: Option<String>,
        /// The record's field that names it.
        tool_field: Option<String>,
        /// The fewest calls; 1 by default.
        #[serde(default = "once")]
        min: usize,
        /// The most calls; any number by default.
        max: Option<usize>,
    }

    /// Tools were called in this order.
    ToolOrderFile {
        /// The tools in their order.
        expected: Option<Vec<String>>,
        /// The record's field that lists them.
        expected_field: Option<String>,
        /// What may stand between them; anything by default.
        #[serde(default)]
        order: Order,
    }

    /// The tools called are those of a list.
    ToolListFile {
        /// The tools, one for each call.
        expected: Option<Vec<String>>,
        /// The record's field that lists them.
        expected_field: Option<String>,
        /// How the calls and the list are compared; unordered by default.
        #[serde(default)]
        compare: Compare,
        /// Whether it matters how often a tool is called; it does by default.
        #[serde(default)]
        repeats: Repeats,
    }

    /// A tool's arguments fit a schema.
    ToolArgumentsFile {
        /// The tool.
        tool: Option<String>,
        /// The record's field that names it.
        tool_field: Option<String>,
        /// The schema of the arguments.
        schema: Option<Value>,
        /// A file that holds it.
        schema_file: Option<PathBuf>,
        /// Which calls must fit; every one by default.
        #[serde(default)]
        calls: Arguments,
    }

    /// None of these tools was called.
    ForbiddenToolFile {
        /// The tools.
        tools: Option<Vec<String>>,
        /// The record's field that lists them.
        tools_field: Option<String>,
    }

    /// The agent took at most so many steps.
    MaxStepsFile {
        /// The most steps.
        max: Option<usize>,
        /// The record's field that holds the limit.
        max_field: Option<String>,
        /// What counts as a step.
        #[serde(default)]
        count: Counted,
    }

    /// The output took at most so long.
    MaxLatencyFile {
        /// The most milliseconds.
        #[schemars(range(min = 0.0))]
        max: Option<f64>,
        /// The record's field that holds the limit.
        max_field: Option<String>,
    }

    /// The output cost at most so much.
    MaxCostFile {
        /// The most US dollars.
        #[schemars(range(min = 0.0))]
        max: Option<f64>,
        /// The record's field that holds the limit.
        max_field: Option<String>,
    }
}

fn one() -> f64 {
    1.0
}

fn once() -> usize {
    1
}

fn yes() -> bool {
    true
}

impl CheckFile {
    /// Whether a record is worth 0 where it fails.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.shared().required
    }

    /// Its share in the score, relative to the other parts; at least 0.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.shared().weight
    }

    /// Whether it is left out where a record lacks what is expected.
    #[must_use]
    pub fn may_be_skipped(&self) -> bool {
        self.shared().if_missing == IfMissing::Skip
    }

    pub(super) fn shared(&self) -> Shared {
        match self {
            Self::Exact(file) => file.shared(),
            Self::Contains(file) => file.shared(),
            Self::Regex(file) => file.shared(),
            Self::Length(file) => file.shared(),
            Self::Number(file) => file.shared(),
            Self::Bleu(file) => file.shared(),
            Self::Chrf(file) => file.shared(),
            Self::Rouge(file) => file.shared(),
            Self::EditSimilarity(file) => file.shared(),
            Self::JsonSchema(file) => file.shared(),
            Self::ToolCalled(file) => file.shared(),
            Self::ToolOrder(file) => file.shared(),
            Self::ToolList(file) => file.shared(),
            Self::ToolArguments(file) => file.shared(),
            Self::ForbiddenTool(file) => file.shared(),
            Self::MaxSteps(file) => file.shared(),
            Self::MaxLatencyMs(file) => file.shared(),
            Self::MaxCostUsd(file) => file.shared(),
        }
    }

    /// The file that holds the check's schema, if it is not in the check itself.
    #[must_use]
    pub fn schema_file(&self) -> Option<&Path> {
        match self {
            Self::JsonSchema(file) => file.schema_file.as_deref(),
            Self::ToolArguments(file) => file.schema_file.as_deref(),
            _ => None,
        }
    }

    /// The check with the schema that was read from its file.
    #[must_use]
    pub fn with_schema(mut self, read: Value) -> Self {
        match &mut self {
            Self::JsonSchema(JsonSchemaFile { schema, schema_file, .. })
            | Self::ToolArguments(ToolArgumentsFile { schema, schema_file, .. }) => {
                *schema = Some(read);
                *schema_file = None;
            }
            _ => {}
        }
        self
    }

    /// Whether the check looks at an agent's steps, so that its output must be a trajectory.
    #[must_use]
    pub fn needs_steps(&self) -> bool {
        matches!(
            self,
            Self::ToolCalled(_)
                | Self::ToolOrder(_)
                | Self::ToolList(_)
                | Self::ToolArguments(_)
                | Self::ForbiddenTool(_)
                | Self::MaxSteps(_)
        )
    }
}
