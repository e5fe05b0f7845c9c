//! The differences from what was recorded that are wanted.

/// A part of a file that may differ from what was recorded.
pub struct Allowed {
    /// The project.
    pub project: &'static str,
    /// The file below `expected/`.
    pub file: &'static str,
    /// What may differ: all that this regular expression matches.
    pub pattern: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// Every difference that is allowed so far. One that is not needed fails the test.
pub const ALLOWED: &[Allowed] = &[
    multiples("told/01.txt"),
    multiples("told/04.txt"),
    multiples("told/05.txt"),
    Allowed {
        project: "weighted",
        file: "files/report.json",
        pattern: r#"("answer": "[^"]*",\s*)?"took": \{"#,
        reason: "a report says its answer in one line, as the terminal does",
    },
    Allowed {
        project: "weighted",
        file: "told/06.txt",
        pattern: "- `polite`( by|: .* By) `openai",
        reason: "the Markdown begins with the answer",
    },
    Allowed {
        project: "text",
        file: "told/03.txt",
        pattern: r"1 demos?\)",
        reason: "a number agrees with what it counts",
    },
];

const fn multiples(file: &'static str) -> Allowed {
    Allowed {
        project: "compare",
        file,
        pattern: r#"("multiples":\{[^}]*\},)?"changed":"#,
        reason: "a comparison says what the new side takes beside the old one; its times differ from run to run",
    }
}
