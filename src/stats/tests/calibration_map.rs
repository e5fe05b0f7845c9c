use super::*;

fn labels(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// pass, fail, and unsure, which decides nothing.
fn verdict(map: &CalibrationMap, shares: [f64; 3]) -> Option<Mapped> {
    let labels = labels(&["pass", "fail", "unsure"]);
    map.apply(&Distribution { labels: &labels, values: &[Some(1.0), Some(0.0), None], shares: &shares })
}

fn scale(map: &CalibrationMap, shares: [f64; 4]) -> Option<Mapped> {
    let labels = labels(&["1", "2", "3", "4"]);
    let values: Vec<Option<f64>> = even_levels(4).into_iter().map(Some).collect();
    map.apply(&Distribution { labels: &labels, values: &values, shares: &shares })
}

#[track_caller]
fn near(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-12, "{actual} {expected}");
}

const NOTHING: CalibrationMap = CalibrationMap::Chain { maps: Vec::new() };

#[test]
fn an_empty_chain_reads_the_distribution_as_it_is() {
    let mapped = verdict(&NOTHING, [0.6, 0.2, 0.2]).unwrap();
    assert_eq!(mapped.label, "pass");
    near(mapped.value.unwrap(), 0.75);
    let mapped = verdict(&NOTHING, [0.3, 0.1, 0.6]).unwrap();
    assert_eq!((mapped.label.as_str(), mapped.value), ("unsure", None));
}

#[test]
fn temperature_scales_the_log_odds() {
    let mapped = verdict(&CalibrationMap::Temperature { t: 2.0 }, [0.64, 0.36, 0.0]).unwrap();
    near(mapped.shares[0], 0.8 / 1.4);
    near(mapped.value.unwrap(), 0.8 / 1.4);
    assert_eq!(verdict(&CalibrationMap::Temperature { t: 0.0 }, [0.5, 0.5, 0.0]), None);
}

#[test]
fn content_free_takes_out_the_prior() {
    let map = CalibrationMap::ContentFree { prior: vec![0.8, 0.2, 0.0], strength: 1.0 };
    let mapped = verdict(&map, [0.8, 0.2, 0.0]).unwrap();
    near(mapped.shares[0], 0.5);
    let mapped = verdict(&map, [0.7, 0.3, 0.0]).unwrap();
    assert_eq!(mapped.label, "fail");
    near(mapped.shares[1], 1.5 / (1.5 + 0.875));
    let half = CalibrationMap::ContentFree { prior: vec![0.64, 0.36, 0.0], strength: 0.5 };
    near(verdict(&half, [0.8, 0.6, 0.0]).unwrap().shares[0], 0.5);
    let short = CalibrationMap::ContentFree { prior: vec![1.0], strength: 1.0 };
    assert_eq!(verdict(&short, [0.5, 0.5, 0.0]), None);
}

#[test]
fn platt_shifts_the_log_odds_and_the_verdict_with_them() {
    let map = CalibrationMap::Platt { a: 1.0, b: -2.0_f64.ln() };
    let mapped = verdict(&map, [0.48, 0.32, 0.2]).unwrap();
    // Odds 1.5 become .75.
    near(mapped.value.unwrap(), 0.75 / 1.75);
    assert_eq!(mapped.label, "fail");
    near(mapped.shares.iter().sum(), 1.0);
    near(mapped.shares[2], 0.2);
    let unsure = verdict(&map, [0.3, 0.2, 0.5]).unwrap();
    assert_eq!((unsure.label.as_str(), unsure.value), ("unsure", None));
}

#[test]
fn a_mapped_score_on_a_scale_names_the_nearest_level_and_has_no_shares() {
    let map = Isotonic::fit(&[0.0, 1.0], &[0.0, 0.6]).unwrap();
    let mapped = scale(&CalibrationMap::Isotonic { map }, [0.0, 0.0, 0.1, 0.9]).unwrap();
    near(mapped.value.unwrap(), 0.6 * (0.2 / 3.0 + 0.9));
    assert_eq!((mapped.label.as_str(), mapped.shares.len()), ("3", 0));
}

#[test]
fn limits_change_the_verdict_alone() {
    let mapped = verdict(&CalibrationMap::Threshold { at: 0.7 }, [0.6, 0.4, 0.0]).unwrap();
    assert_eq!(mapped.label, "fail");
    near(mapped.value.unwrap(), 0.6);
    let cut = CalibrationMap::Cutpoints { at: vec![0.5, 0.7, 0.8] };
    let mapped = scale(&cut, [0.0, 0.0, 1.0, 0.0]).unwrap();
    assert_eq!(mapped.label, "2");
    near(mapped.value.unwrap(), 2.0 / 3.0);
    assert_eq!(scale(&CalibrationMap::Cutpoints { at: vec![0.5] }, [0.25; 4]), None);
    assert_eq!(scale(&CalibrationMap::Cutpoints { at: vec![0.5, 0.4, 0.9] }, [0.25; 4]), None);
}

#[test]
fn chains_run_in_order_and_are_stored() {
    let chain = CalibrationMap::Chain {
        maps: vec![
            CalibrationMap::ContentFree { prior: vec![0.8, 0.2, 0.0], strength: 1.0 },
            CalibrationMap::Isotonic { map: Isotonic::fit(&[0.25, 0.75], &[0.4, 0.5]).unwrap() },
            CalibrationMap::Threshold { at: 0.45 },
        ],
    };
    let mapped = verdict(&chain, [0.8, 0.2, 0.0]).unwrap();
    near(mapped.value.unwrap(), 0.45);
    assert_eq!((mapped.label.as_str(), chain.name().as_str()), ("pass", "content_free+isotonic+threshold"));
    let stored = serde_json::to_string(&chain).unwrap();
    assert_eq!(serde_json::from_str::<CalibrationMap>(&stored).unwrap(), chain);
    assert!(stored.contains(r#"{"kind":"threshold","at":0.45}"#), "{stored}");
    assert!(serde_json::from_str::<CalibrationMap>(r#"{"kind":"platt","a":1,"b":0,"c":0}"#).is_err());
}

#[test]
fn what_is_no_distribution_has_no_verdict() {
    assert_eq!(verdict(&NOTHING, [0.0; 3]), None);
    assert_eq!(verdict(&NOTHING, [0.0, 0.0, 1.0]), None);
    assert_eq!(verdict(&NOTHING, [0.5, f64::NAN, 0.0]), None);
    assert_eq!(verdict(&NOTHING, [0.5, -0.5, 1.0]), None);
}
