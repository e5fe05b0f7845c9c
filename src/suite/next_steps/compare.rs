//! What to do about a comparison.

use super::typed::{Typed, judge_with_a_table, key, signature, strategy as strategy_key};
use crate::comparison::{AgainstBaseline, BaselineComparison, Changed, Comparison, Finding};
use crate::golden::store;
use crate::judge::{AnswerLabels, StrategyChoice};
use crate::report::Advice;
use crate::suite::comparison::Comparable;
use crate::suite::config::{Config, JudgeTable};
use crate::suite::golden::lock::Locking;
use crate::suite::golden::settings;
use crate::suite::judges::Suite;
use crate::suite::model_config::ModelConfig;
use crate::suite::run::RunOptions;

/// What was compared.
pub(crate) struct Compared<'a> {
    pub(crate) config: &'a Config,
    pub(crate) typed: &'a Typed,
    /// The new side.
    pub(crate) new: &'a Comparable,
    pub(crate) how: How<'a>,
    /// The command that compares once more.
    pub(crate) again: String,
}

/// How the new side came about.
#[derive(Clone, Copy)]
pub(crate) enum How<'a> {
    /// The suite was judged for the comparison, by this model.
    Model(&'a str),
    /// The suite was judged for the comparison, with this signature of this judge.
    Signature(&'a str, Option<&'a str>),
    /// The suite was judged for the comparison, with these names for the possible answers.
    AnswerLabels(AnswerLabels),
    /// The suite was judged for the comparison, by this strategy.
    Strategy(&'a StrategyChoice),
    /// It was there before.
    Earlier,
}

/// What to do about a comparison.
pub(crate) fn after_comparison(compared: &Compared<'_>, comparison: &Comparison) -> Advice {
    let Some(verdict) = &comparison.verdict else {
        return Advice::keep("nothing can be compared until records have a score on both sides");
    };
    let lost = comparison.unpaired.newly_unscored.len();
    let advice = match verdict.finding {
        Finding::NotShown if lost > 0 => {
            let records = if lost == 1 { "1 record has".to_owned() } else { format!("{lost} records have") };
            Advice::keep(format!("{records} no score any more"))
        }
        Finding::Better => return compared.take_the_new(),
        Finding::Worse => Advice::keep("new is worse"),
        Finding::NotShown if verdict.difference.higher + verdict.difference.lower == 0 => {
            Advice::keep("nothing changed")
        }
        Finding::NotShown => Advice::keep("these records show no difference"),
        Finding::Higher | Finding::Lower if comparison.changed == Changed::Both => {
            return Advice::keep("judge and outputs changed at once")
                .by_hand("Change one of them at a time, and compare again");
        }
        Finding::Higher | Finding::Lower => Advice::keep("without labels nobody knows which judge is right"),
    };
    match verdict.finding {
        Finding::Higher | Finding::Lower => compared.label_and_compare_again(advice),
        _ => advice,
    }
}

/// What to do about several strategies compared with the first, which `new` of what was compared is.
pub(crate) fn after_strategies(
    compared: &Compared<'_>,
    comparison: &BaselineComparison,
    strategies: &[StrategyChoice],
) -> Advice {
    let gain = |other: &AgainstBaseline| {
        let verdict = other.verdict.filter(|verdict| verdict.finding == Finding::Better)?;
        Some(verdict.difference.difference)
    };
    let others = comparison.others.iter().zip(strategies.iter().skip(1));
    let better = others.filter_map(|(other, strategy)| Some((gain(other)?, strategy)));
    match better.max_by(|(one, _), (two, _)| one.total_cmp(two)) {
        Some((_, strategy)) => {
            Compared { how: How::Strategy(strategy), again: compared.again.clone(), ..*compared }
                .take_the_new()
        }
        None => Advice::keep(format!("no strategy is shown to be better than {}", comparison.baseline.name)),
    }
}

impl Compared<'_> {
    /// The new side takes the old one's place.
    fn take_the_new(&self) -> Advice {
        let suite = self.new.suite();
        if self.is_the_new_in_use() {
            return Advice::keep(format!("new is what [suites.{suite}] has already"));
        }
        match self.how {
            How::Model(model) => {
                let mut set = format!("Set {} in [suites.{suite}] of evenhand.toml", key("model", model));
                if self.has_a_judge(|judge| judge.model.is_some()) {
                    set += ", and take `model` out of its judges";
                }
                self.judge_and_lock(&set, &["--model", model])
            }
            How::Signature(name, judge) => {
                let signature = key("signature", &signature(self.config, name));
                let file = self.config.file.suites.get(suite);
                let of = file.and_then(|file| judge_with_a_table(file, judge));
                let of = of.map_or_else(String::new, |judge| format!(".judges.{judge}"));
                self.judge_and_lock(&format!("Set {signature} in [suites.{suite}{of}] of evenhand.toml"), &[])
            }
            How::AnswerLabels(labels) => {
                let set = format!(
                    "Set {} in [suites.{suite}] of evenhand.toml",
                    key("answer_labels", labels.name())
                );
                let own = ", and take `answer_labels` out of its judges";
                let own = if self.has_a_judge(|judge| judge.answer_labels.is_some()) { own } else { "" };
                self.judge_and_lock(&(set + own), &[])
            }
            How::Strategy(strategy) => {
                let mut set = format!("Set {} in [suites.{suite}] of evenhand.toml", strategy_key(strategy));
                if self.has_a_judge(|judge| judge.strategy.is_some()) {
                    set += ", and take `strategy` out of its judges";
                }
                self.judge_and_lock(&set, &[])
            }
            How::Earlier => self.lock_the_new(),
        }
    }

    /// Whether evenhand.toml names the new model or signature already.
    fn is_the_new_in_use(&self) -> bool {
        match self.how {
            How::Model(model) => {
                let Ok(suite) = Suite::open(self.new.suite(), self.config) else { return false };
                if self.config.file.routes.contains_key(model) {
                    return suite.asks_by_route(model);
                }
                let models = suite.models(&RunOptions::default(), self.config);
                let new = ModelConfig::new(Some(model), self.config);
                models.is_ok_and(|models| new.is_ok_and(|new| models.iter().all(|own| *own == new)))
            }
            How::Signature(name, judge) => {
                let Ok(suite) = self.config.suite(self.new.suite()) else { return false };
                let judge = judge_with_a_table(suite, judge).and_then(|judge| suite.judges.get(judge));
                let of_judge = judge.map(|judge| &judge.signature);
                let named = signature(self.config, name);
                of_judge.or(suite.signature.as_ref()).is_some_and(|own| *own == named)
            }
            How::AnswerLabels(labels) => {
                let suite = self.config.suite(self.new.suite());
                suite.is_ok_and(|suite| suite.answer_labels.unwrap_or_default() == labels)
                    && !self.has_a_judge(|judge| judge.answer_labels.is_some())
            }
            How::Strategy(strategy) => {
                let suite = self.config.suite(self.new.suite());
                suite.is_ok_and(|suite| suite.strategy == *strategy)
                    && !self.has_a_judge(|judge| judge.strategy.is_some())
            }
            How::Earlier => false,
        }
    }

    /// Whether one of the suite's further judges has something of its own.
    fn has_a_judge(&self, own: impl Fn(&JudgeTable) -> bool) -> bool {
        self.config.suite(self.new.suite()).is_ok_and(|suite| suite.judges.values().any(own))
    }

    /// The suite is judged anew once evenhand.toml has been changed, and locked where it was locked before.
    fn judge_and_lock(&self, set: &str, words: &[&str]) -> Advice {
        let suite = self.new.suite();
        let command = |command: &[&str]| self.typed.command(&[command, &[suite], words].concat());
        if store::path(&settings::folder(self.config), suite).exists() {
            let what = format!("{set}. Then make its scores those that checks compare with");
            Advice::default().step(what, command(&["golden", "lock"]))
        } else {
            Advice::default().step(format!("{set}. Then judge with it"), command(&["run"]))
        }
    }

    /// What was judged before becomes what checks compare with.
    fn lock_the_new(&self) -> Advice {
        let suite = self.new.suite();
        let Some(folder) = self.new.folder() else {
            return Advice::keep("the new side is what checks compare with already");
        };
        let folder = folder.display().to_string();
        if self.can_be_locked(&folder) {
            let command = self.typed.command(&["golden", "lock", suite, "--from", &folder]);
            return Advice::default().step("Make the new scores those that checks compare with", command);
        }
        let what = format!(
            "Put what made the new run into [suites.{suite}] of evenhand.toml. Then make its scores those that checks \
             compare with"
        );
        Advice::default().step(what, self.typed.command(&["golden", "lock", suite]))
    }

    fn can_be_locked(&self, folder: &str) -> bool {
        let suite = Suite::open(self.new.suite(), self.config);
        let options = RunOptions::default();
        suite.is_ok_and(|suite| {
            Locking::open(self.config, &suite, &options).is_ok_and(|locking| locking.would_take(folder))
        })
    }

    fn label_and_compare_again(&self, advice: Advice) -> Advice {
        if let How::Earlier = self.how {
            return advice.by_hand("Label the records on which they differ, judge them again, and compare");
        }
        let suite = self.new.suite();
        let file = self.config.file.suites.get(suite);
        let field = match file.and_then(|file| file.label.as_deref()) {
            Some(field) => format!("in the field `{field}`"),
            None => format!("in a field `label`, and set `label = \"label\"` in [suites.{suite}]"),
        };
        advice
            .step(format!("Label the records on which they differ, {field}. Then compare again"), &self.again)
    }
}
