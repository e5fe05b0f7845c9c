//! Computes statistics on request, for comparison with other libraries.
//!
//! Each line of standard input is a JSON object: `f` names the function, the other members are its
//! arguments. For each a line with a JSON list of numbers is printed, or `null` where the result is
//! undefined. `benches/stats_vs_scipy.py` asks and compares.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::wildcard_imports,
    clippy::unnecessary_wraps,
    reason = "a tool for comparisons: a wrong question ends it"
)]

use std::error::Error;
use std::io::stdin;

use evenhand::internal::stats::*;
use serde_json::Value;

type Numbers = Option<Vec<f64>>;

fn main() -> Result<(), Box<dyn Error>> {
    for line in stdin().lines() {
        let question = Question(serde_json::from_str(&line?)?);
        let answer = question.answer().ok_or_else(|| format!("no such function: {}", question.0))?;
        println!("{}", serde_json::to_string(&answer)?);
    }
    Ok(())
}

/// A function's name and arguments.
struct Question(Value);

impl Question {
    fn answer(&self) -> Option<Numbers> {
        let name = self.0["f"].as_str()?;
        self.sums(name)
            .or_else(|| self.agreement(name))
            .or_else(|| self.rates(name))
            .or_else(|| self.tests(name))
            .or_else(|| self.corrected(name))
            .or_else(|| self.calibrated(name))
    }

    fn list(&self, name: &str) -> Vec<f64> {
        let list = self.0[name].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Value::as_f64).collect()
    }

    fn flags(&self, name: &str) -> Vec<bool> {
        self.list(name).iter().map(|value| *value > 0.5).collect()
    }

    fn number(&self, name: &str) -> f64 {
        self.0[name].as_f64().unwrap_or(f64::NAN)
    }

    fn count(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap_or_default()
    }

    fn size(&self, name: &str) -> usize {
        usize::try_from(self.count(name)).unwrap_or_default()
    }

    fn xy(&self) -> (Vec<f64>, Vec<f64>) {
        (self.list("x"), self.list("y"))
    }

    fn sums(&self, name: &str) -> Option<Numbers> {
        let (x, y) = self.xy();
        Some(match name {
            "sum" => one(sum(&x)),
            "variance" => one(variance(&x)),
            "quantile" => one(quantile(&x, self.number("q"))),
            "mad" => one(median_absolute_deviation(&x)),
            "modified_z" => modified_z_scores(&x),
            "losses" => all([
                mean_absolute_error(&x, &y),
                root_mean_squared_error(&x, &y),
                normalized_mean_squared_error(&x, &y),
            ]),
            "mean" => mean_estimate(&x).and_then(both),
            "paired" => paired_difference(&x, &y).and_then(both),
            "independent" => independent_difference(&x, &y).and_then(both),
            "clustered" => {
                let items: Vec<(u64, f64)> = x.iter().map(|value| value.to_bits()).zip(y).collect();
                let few = if self.0["corrected"] == true {
                    FewClusters::Corrected
                } else {
                    FewClusters::Uncorrected
                };
                clustered_mean(&items, few).and_then(both)
            }
            _ => return None,
        })
    }

    fn agreement(&self, name: &str) -> Option<Numbers> {
        let (x, y) = self.xy();
        let confusion = || -> Confusion<u64> {
            x.iter().zip(&y).map(|(truth, given)| (truth.to_bits(), given.to_bits())).collect()
        };
        let kappa = |weighting| confusion().kappa(weighting).and_then(both);
        Some(match name {
            "kendall" => one(kendall_tau_b(&x, &y)),
            "spearman" => one(spearman(&x, &y)),
            "spearman_near" => one(spearman(&merge_near_ties(&x, 1e-9), &merge_near_ties(&y, 1e-9))),
            "pearson" => one(pearson(&x, &y)),
            "concordance" => one(concordance(&x, &y).and_then(|found| found.share())),
            "auc" => one(roc_auc(&self.flags("x"), &y)),
            "kappa" => kappa(Weighting::Identity),
            "kappa_linear" => kappa(Weighting::Linear),
            "kappa_quadratic" => kappa(Weighting::Quadratic),
            "ac1" => confusion().ac1().and_then(both),
            "ndcg" => one(ndcg_at_k(&x, self.size("k"), Gain::Linear)),
            "ndcg_scores" => one(ndcg_of_scores(&x, &y, self.size("k"), Gain::Linear)),
            "alpha" => one(krippendorff_alpha(&self.units(), self.measurement()?)),
            "classes" => {
                let confusion = confusion();
                all([confusion.accuracy().rate(), confusion.macro_f1(), confusion.balanced_accuracy()])
            }
            "one_class" => {
                let (confusion, label) = (confusion(), 1.0_f64.to_bits());
                all([
                    confusion.precision(&label).rate(),
                    confusion.recall(&label).rate(),
                    confusion.f1(&label),
                    confusion.specificity(&label).rate(),
                ])
            }
            _ => return None,
        })
    }

    fn units(&self) -> Vec<Vec<Option<f64>>> {
        let units = self.0["units"].as_array().map(Vec::as_slice).unwrap_or_default();
        let unit = |unit: &Value| unit.as_array().map(|unit| unit.iter().map(Value::as_f64).collect());
        units.iter().filter_map(unit).collect()
    }

    fn measurement(&self) -> Option<Measurement> {
        Some(match self.0["level"].as_str()? {
            "nominal" => Measurement::Nominal,
            "ordinal" => Measurement::Ordinal,
            "interval" => Measurement::Interval,
            "ratio" => Measurement::Ratio,
            _ => return None,
        })
    }

    fn rates(&self, name: &str) -> Option<Numbers> {
        let rate = Proportion::new(self.count("k"), self.count("n"));
        let level = self.number("level");
        let pairs =
            PairedOutcomes { only_left: self.count("b"), only_right: self.count("c"), n: self.count("n") };
        Some(match name {
            "wilson" => rate.wilson(level).and_then(ends),
            "clopper" => rate.clopper_pearson(level).and_then(ends),
            "newcombe" => {
                newcombe(rate, Proportion::new(self.count("k2"), self.count("n2")), level).and_then(ends)
            }
            "mcnemar" => Some(vec![mcnemar_exact(pairs.only_left, pairs.only_right)]),
            "tango" => pairs.tango(level).and_then(ends),
            "tango_margin" => one(pairs.non_inferiority(self.number("margin"))),
            "pass_at_k" => {
                let (n, passed, k) = (self.count("n"), self.count("c"), self.count("k"));
                all([pass_at_k(n, passed, k), pass_hat_k(n, passed, k)])
            }
            "majority" => one(majority_error(self.number("error"), self.count("votes"))),
            _ => return None,
        })
    }

    fn tests(&self, name: &str) -> Option<Numbers> {
        let (x, y) = self.xy();
        let bootstrap = Bootstrap { resamples: 10_000, seed: 3 };
        Some(match name {
            "holm" => holm(&x),
            "bh" => benjamini_hochberg(&x),
            "by" => benjamini_yekutieli(&x),
            "ttest" => mean_below(&x, self.number("bound")).map(|test| vec![test.t, test.p_value]),
            "wilcoxon" => one(signed_rank_below(&x, self.number("bound")).map(|test| test.p_value)),
            "sign" => one(sign_test(&x, &y).map(|test| test.p_value)),
            "permutation" => one(paired_permutation(&x, &y, 100, 0).map(|test| test.p_value)),
            "bca" => bootstrap.bca(&x, mean, 0.95).and_then(ends),
            "percentile" => bootstrap.percentile(&x, mean, 0.95).and_then(ends),
            "normal_quantile" => one(normal::quantile(self.number("q"))),
            "normal_cdf" => Some(vec![normal::cdf(self.number("z"))]),
            "required_n" => {
                let plan = Comparison {
                    alpha: self.number("alpha"),
                    power: self.number("power"),
                    between_items: self.number("between"),
                    left_noise: self.number("noise"),
                    right_noise: 0.0,
                };
                one(plan.detectable(self.count("n")))
            }
            "annotators" => {
                let items: Vec<AnnotatedItem> =
                    self.units().iter().filter_map(|unit| annotated(unit)).collect();
                let options =
                    AlternativeOptions { epsilon: self.number("epsilon"), ..AlternativeOptions::default() };
                alternative_annotator_test(&items, options).map(|test| {
                    let p_values = test.people.iter().map(|person| person.p_value);
                    [test.winning_rate, test.advantage].into_iter().chain(p_values).collect()
                })
            }
            "sequence" => {
                let mut sequence = ConfidenceSequence::of_differences(0.95)?;
                for &value in &x {
                    sequence.add(value);
                }
                sequence.interval().and_then(ends)
            }
            _ => return None,
        })
    }

    fn corrected(&self, name: &str) -> Option<Numbers> {
        Some(match name {
            "rogan_gladen" => {
                let rate = |k: &str, n: &str| Proportion::new(self.count(k), self.count(n));
                JudgedRate::new(rate("k", "n"), rate("k0", "m0"), rate("k1", "m1")).and_then(|rate| {
                    let interval = rate.interval(0.95)?;
                    all([rate.corrected(), Some(interval.low), Some(interval.high)])
                })
            }
            "ppi" => {
                let (labels, judged) = self.xy();
                let others = self.list("others");
                let powered = PredictionPowered { labels: &labels, judged: &judged, others: &others };
                let best = powered.best_mean().and_then(both);
                best.and_then(|best| Some([vec![powered.best_weight()?], best].concat()))
            }
            _ => return None,
        })
    }

    fn calibrated(&self, name: &str) -> Option<Numbers> {
        let (x, y) = self.xy();
        Some(match name {
            "brier" => one(brier(&x, &self.flags("y"))),
            "ece" => one(expected_calibration_error(&x, &self.flags("y"), self.size("bins"))),
            "isotonic" => Isotonic::fit_weighted(&x, &y, &self.list("w"))
                .map(|map| self.list("at").iter().map(|&score| map.map(score)).collect()),
            "cross_isotonic" => CrossFitted::fit(&x, &y, &folds_by_position(x.len(), self.size("folds")))
                .map(|fitted| fitted.mapped),
            _ => return None,
        })
    }
}

/// The judge's label first, then the people's.
fn annotated(unit: &[Option<f64>]) -> Option<AnnotatedItem> {
    let (judge, people) = unit.split_first()?;
    Some(AnnotatedItem { judge: (*judge)?, people: people.to_vec() })
}

fn one(number: Option<f64>) -> Numbers {
    number.map(|number| vec![number])
}

fn all<const N: usize>(numbers: [Option<f64>; N]) -> Numbers {
    numbers.into_iter().collect()
}

fn ends(interval: Interval) -> Numbers {
    Some(vec![interval.low, interval.high])
}

fn both(estimate: Estimate) -> Numbers {
    Some(vec![estimate.value, estimate.standard_error?])
}
