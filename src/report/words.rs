//! The words of a report, each explained in one sentence to people who never studied statistics.

use crate::probe::ProbeName;

/// A word and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// As it is asked for: `kappa`.
    pub name: &'static str,
    /// As reports write it: `κ`.
    pub shown: &'static str,
    /// Further names that head a row or a column of a report.
    pub other: &'static [&'static str],
    /// One sentence.
    pub meaning: &'static str,
}

/// All that are explained, by name.
pub(crate) const WORDS: &[Word] = &[
    word("accuracy", "accuracy", "The share of records on which the judge gives the label that people gave."),
    word(
        "agreement",
        "agreement",
        "How far the judge says what the labels say; the labels are the measure, right or wrong.",
    ),
    word(
        "alpha",
        "Krippendorff's α",
        "How far several people agree beyond chance: 1 is always, 0 is no more than by guessing.",
    ),
    word(
        "auc",
        "AUC",
        "Of two records, one with the good label and one with the bad, how often the good one has the higher score: \
         0.5 is guessing, 1 is always.",
    ),
    word(
        "base-rate",
        "base rate",
        "The share of labels that pass: a judge that always says the more common verdict is right this often.",
    ),
    word(
        "brier",
        "Brier",
        "The mean squared distance of the stated probability and what came true: 0 is best, and always saying the base \
         rate is no skill.",
    )
    .also(&["brier score"]),
    word(
        "calibration",
        "score correction",
        "A rule, learned from labelled records, that moves the judge's scores to where the labels are.",
    ),
    probe(ProbeName::Criteria),
    word(
        "ece",
        "calibration error",
        "How far the judge's stated certainty and its share of right verdicts lie apart, on average: 0 is best.",
    ),
    word(
        "flaky",
        "flaky",
        "Worse once and not again when the judge was asked again: its flip, and no failure.",
    ),
    word("flip", "flips", "The judge gives another verdict when it is asked the same question again."),
    word("gate", "gates", "A limit that a run must keep, whatever was before: a pass rate, a cost, a time."),
    word(
        "golden",
        "golden file",
        "What each record was scored when it was locked: later runs are compared with it.",
    ),
    probe(ProbeName::Injection),
    word(
        "interval",
        "95 % interval",
        "Where the true figure lies, if the records are a fair sample: the method is right in 95 of 100 such reports.",
    )
    .also(&["95 %", "95 % interval", "interval"]),
    word(
        "judge-setup",
        "judge setup",
        "All that must stay the same so that scores can be compared: inputs, scale, and the judge where outputs are watched.",
    ),
    word(
        "kappa",
        "κ",
        "Agreement beyond what guessing would reach: 0 is guessing, 1 is always the same; above 0.6 is usually called good.",
    ),
    probe(ProbeName::Length),
    word(
        "levels",
        "levels",
        "The steps of a numeric scale; \"within one level\" counts a neighbour of the label as close enough.",
    )
    .also(&["same level", "within one level"]),
    probe(ProbeName::Lists),
    word("mean", "mean score", "The average score of the records that have one, from 0 (bad) to 1 (good)."),
    word("n", "n", "How many records a figure is made of: few records make a wide interval."),
    word(
        "ndcg",
        "nDCG",
        "How near the order of the scores is to that of the labels, where the first places count most: 1 is the best \
         order.",
    ),
    probe(ProbeName::Options),
    word(
        "p-value",
        "p",
        "How often chance alone would show a difference as large as this one; under 0.05 is called a difference.",
    ),
    probe(ProbeName::Paraphrase),
    word("pass", "passed", "A record whose score is at or above the suite's pass_at, 0.5 where none is set."),
    word("pass-k", "pass^k", "The chance that k tries on the same record all pass."),
    word(
        "pearson",
        "Pearson",
        "How close scores and labels lie to one straight line: 1 is on it, 0 is no relation.",
    ),
    probe(ProbeName::Place),
    word(
        "policy",
        "policy",
        "What makes a suite fail when it is compared with its golden file: a broken rule, a test that says worse, or any record.",
    ),
    word(
        "reading",
        "read",
        "How a verdict is taken from the judge: from its text, from the weights of its answers, or from several draws.",
    ),
    word(
        "regression",
        "regression",
        "A rule that held is broken, or the suite is worse than its golden file by more than chance explains.",
    ),
    word(
        "required",
        "required",
        "A required check: if it held when scores were locked and fails now on any record, the build fails.",
    )
    .also(&["broken rule", "rule broken"]),
    word("rmse", "RMSE", "The typical distance of score and label, in which large ones count most."),
    probe(ProbeName::SelfPreference),
    word("sensitivity", "sensitivity", "Of the records that are good by their label, the share that the judge passes.")
        .also(&["sensitivity: of the good, passed"]),
    word(
        "spearman",
        "Spearman",
        "How far the judge puts the records in the labels' order: 1 is the same order, 0 is no relation.",
    ),
    word("specificity", "specificity", "Of the records that are bad by their label, the share that the judge fails.")
        .also(&["specificity: of the bad, failed"]),
    probe(ProbeName::Sycophancy),
    word(
        "tau",
        "τ-b",
        "Of all pairs of records, those in the labels' order less those against it: 1 is all, 0 is half.",
    ),
    word("threshold", "threshold", "The score from which on a record counts as good.").also(&["passes from"]),
    word(
        "unscored",
        "unscored",
        "A record without a score, because the judge or its server failed: never counted as a bad score.",
    ),
    word(
        "unseen-labels",
        "on unseen labels",
        "Measured on labelled records that the correction was not learned from, each in its turn.",
    ),
];

/// A probe is explained in its own words.
const fn probe(probe: ProbeName) -> Word {
    word(probe.name(), probe.name(), probe.meaning())
}

const fn word(name: &'static str, shown: &'static str, meaning: &'static str) -> Word {
    Word { name, shown, other: &[], meaning }
}

impl Word {
    const fn also(self, other: &'static [&'static str]) -> Self {
        Self { other, ..self }
    }
}

/// The word of a name, or as reports write it.
#[must_use]
pub(crate) fn explained(asked: &str) -> Option<&'static Word> {
    let asked = asked.to_lowercase();
    WORDS.iter().find(|word| {
        word.name == asked || word.shown.to_lowercase() == asked || word.other.contains(&asked.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_both_names_and_are_one_sentence() {
        assert_eq!(explained("kappa"), explained("κ"));
        assert_eq!(explained("AUC").unwrap().name, "auc");
        assert_eq!(explained("entropy"), None);
        assert!(WORDS.is_sorted_by(|one, next| one.name < next.name));
        for word in WORDS {
            let ends = word.meaning.matches(". ").count();
            assert!(word.meaning.ends_with('.') && ends == 0, "{}: {}", word.name, word.meaning);
        }
    }
}
