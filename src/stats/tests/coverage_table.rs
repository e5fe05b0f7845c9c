//! The coverage table of `docs/measured/statistics.md`.

use super::coverage::*;
use crate::internal::stats::*;
use crate::number::real;

#[test]
#[ignore = "takes minutes; prints the table that docs/measured/statistics.md shows"]
fn coverage_table() {
    for part in [
        rates,
        independent_rates,
        paired_rates,
        agreement,
        clusters,
        corrected_rates,
        powered_means,
        cross_fitted_means,
        sequences,
        means,
    ] {
        part();
    }
}

/// A line of the table.
fn row(name: &str, n: u64, truth: &str, covered: f64, runs: &str) {
    println!("| {name} | {n} | {truth} | {:.1} % | {runs} |", 100.0 * covered);
}

fn rates() {
    for n in [10, 30, 100, 300] {
        for rate in [0.05, 0.2, 0.5, 0.9] {
            let text = format!("{rate}");
            row("Wilson", n, &text, exact_coverage(n, rate, |p| p.wilson(LEVEL).unwrap()), "exact");
            row(
                "Clopper–Pearson",
                n,
                &text,
                exact_coverage(n, rate, |p| p.clopper_pearson(LEVEL).unwrap()),
                "exact",
            );
            let wald = |p: Proportion| {
                let rate = p.rate().unwrap();
                let error = (rate * (1.0 - rate) / real(n)).sqrt();
                Interval::normal(rate, error, LEVEL).unwrap()
            };
            row("plain CLT, for comparison", n, &text, exact_coverage(n, rate, wald), "exact");
        }
    }
}

fn independent_rates() {
    for (n, left, right) in [(20, 0.9, 0.7), (50, 0.8, 0.65), (200, 0.95, 0.9)] {
        let held = share(20_000, 101, |random| {
            let (a, b) = (count(random, n, left), count(random, n, right));
            newcombe(a, b, LEVEL).unwrap().contains(left - right)
        });
        row("Newcombe", n, &format!("{left} − {right}"), held, "20,000");
    }
}

fn paired_rates() {
    for (n, left, right) in [(20, 0.1, 0.2), (50, 0.05, 0.15), (200, 0.02, 0.05)] {
        let held = share(20_000, 102, |random| {
            paired_outcomes(random, n, left, right).tango(LEVEL).unwrap().contains(left - right)
        });
        row("Tango", n, &format!("discordant {left}, {right}"), held, "20,000");
    }
}

fn agreement() {
    for n in [30, 100, 300] {
        for weighting in [Weighting::Identity, Weighting::Quadratic] {
            let held = share(4000, 103, |random| {
                rated(random, n).kappa(weighting).unwrap().interval(LEVEL).unwrap().contains(0.64)
            });
            row(&format!("κ {weighting:?}, large-sample"), n as u64, "κ .64", held, "4,000");
        }
        let held = share(4000, 104, |random| {
            rated(random, n).ac1().unwrap().interval(LEVEL).unwrap().contains(0.64)
        });
        row("AC1", n as u64, "AC1 .64", held, "4,000");
        let bootstrap = Bootstrap { resamples: 600, seed: 1 };
        let held = share(600, 105, |random| {
            let interval = rated(random, n).kappa_interval(Weighting::Quadratic, &bootstrap, LEVEL);
            interval.is_some_and(|interval| interval.contains(0.64))
        });
        row("κ Quadratic, BCa bootstrap", n as u64, "κ .64", held, "600");
    }
}

fn means() {
    let skewed = |random: &mut Random| -(1.0 - random.unit()).ln();
    for n in [10, 30, 100, 300] {
        let bootstrap = Bootstrap { resamples: 1000, seed: 1 };
        let [mut normal, mut percentile, mut bca] = [0_u32; 3];
        let runs = 2000;
        let mut random = Random::new(106);
        for _ in 0..runs {
            let values: Vec<f64> = (0..n).map(|_| skewed(&mut random)).collect();
            let held = |interval: Option<Interval>| u32::from(interval.unwrap().contains(1.0));
            normal += held(mean_estimate(&values).unwrap().interval(LEVEL));
            percentile += held(bootstrap.percentile(&values, mean, LEVEL));
            bca += held(bootstrap.bca(&values, mean, LEVEL));
        }
        for (name, held) in
            [("mean, CLT", normal), ("mean, percentile bootstrap", percentile), ("mean, BCa bootstrap", bca)]
        {
            row(name, n, "exponential", f64::from(held) / f64::from(runs), "2,000");
        }
    }
}

fn clusters() {
    for clusters in [10, 30, 100] {
        let [mut plain, mut corrected] = [0_u32; 2];
        let mut random = Random::new(107);
        let runs = 4000;
        for _ in 0..runs {
            let mut items = Vec::new();
            for cluster in 0..clusters {
                let shared = gaussian(&mut random);
                let size = 1 + random.below(6);
                items.extend((0..size).map(|_| (cluster, shared + gaussian(&mut random))));
            }
            let held =
                |few| u32::from(clustered_mean(&items, few).unwrap().interval(LEVEL).unwrap().contains(0.0));
            plain += held(FewClusters::Uncorrected);
            corrected += held(FewClusters::Corrected);
        }
        row("clustered mean", clusters, "clusters of 1 to 6", f64::from(plain) / f64::from(runs), "4,000");
        row(
            "clustered mean, C/(C−1)",
            clusters,
            "clusters of 1 to 6",
            f64::from(corrected) / f64::from(runs),
            "4,000",
        );
    }
}

fn corrected_rates() {
    for (judged, labelled) in [(200, 40), (600, 120), (2000, 400)] {
        for truth in [0.2, 0.5, 0.9] {
            let held = share(4000, 108, |random| {
                let passing = truth * 0.9 + (1.0 - truth) * 0.25;
                let passed = count(random, judged, passing);
                let (bad, good) = (count(random, labelled / 2, 0.75), count(random, labelled / 2, 0.9));
                let rate = JudgedRate::new(passed, bad, good).unwrap();
                rate.interval(LEVEL).is_some_and(|interval| interval.contains(truth))
            });
            row("Rogan–Gladen (Lee)", judged, &format!("{truth}, {labelled} labels"), held, "4,000");
        }
    }
}

fn powered_means() {
    let labelled_item = |random: &mut Random| {
        let label = chance(random, 0.6);
        let judged = if chance(random, 0.9) { label } else { chance(random, 0.8) };
        (from_bool(label), from_bool(judged))
    };
    for n in [30, 150, 600] {
        let held = share(2000, 109, |random| {
            let (labels, judged): (Vec<f64>, Vec<f64>) = (0..n).map(|_| labelled_item(random)).unzip();
            let others: Vec<f64> = (0..1500).map(|_| labelled_item(random).1).collect();
            let powered = PredictionPowered { labels: &labels, judged: &judged, others: &others };
            powered.best_mean().unwrap().interval(LEVEL).unwrap().contains(0.6)
        });
        row("PPI++", n, "0.6, 1,500 others", held, "2,000");
    }
}

fn cross_fitted_means() {
    for n in [50_usize, 150, 500] {
        let item = |random: &mut Random| {
            let quality = random.unit();
            (0.6 + 0.3 * quality + 0.1 * random.unit(), from_bool(chance(random, quality * quality)))
        };
        let held = share(2000, 110, |random| {
            let (scores, labels): (Vec<f64>, Vec<f64>) = (0..n).map(|_| item(random)).unzip();
            let others: Vec<f64> = (0..1000).map(|_| item(random).0).collect();
            let fitted = CrossFitted::fit(&scores, &labels, &folds_by_position(n, 5)).unwrap();
            fitted.mean(&others).unwrap().interval(LEVEL).unwrap().contains(1.0 / 3.0)
        });
        row("cross-fitted isotonic mean", n as u64, "1/3, 1,000 others", held, "2,000");
    }
}

fn sequences() {
    for (name, wins) in
        [("0.15, 0.15", [0.15, 0.15]), ("0.02, 0.02", [0.02, 0.02]), ("0.25, 0.1", [0.25, 0.1])]
    {
        let truth = wins[0] - wins[1];
        let mut widths = Moments::default();
        let mut fixed = Moments::default();
        let always = share(2000, 111, |random| {
            let mut sequence = ConfidenceSequence::with_cells(-1.0, 1.0, LEVEL, 400).unwrap();
            let mut moments = Moments::default();
            let mut holds = true;
            for _ in 0..500 {
                let draw = random.unit();
                let difference = from_bool(draw < wins[0]) - from_bool(draw >= 1.0 - wins[1]);
                sequence.add(difference);
                moments.add(difference);
                holds &= sequence.interval().is_some_and(|interval| interval.contains(truth));
            }
            widths.add(sequence.interval().map_or(0.0, |interval| interval.width()));
            fixed.add(moments.estimate().unwrap().interval(LEVEL).unwrap().width());
            holds
        });
        let text = format!("{name}; width {:.3}, fixed {:.3}", widths.mean().unwrap(), fixed.mean().unwrap());
        row("confidence sequence, at every one of", 500, &text, always, "2,000");
    }
}
