//! Several judges asked about one record.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Map, Value};

use super::judging::Judge;
use super::score::Judged;

/// What each judge says about its inputs, in their order. They are asked side by side; those in turn whose model takes
/// one call at a time, or runs in this process.
pub(crate) async fn side_by_side(asked: &[Judge], inputs: &[Map<String, Value>]) -> Vec<Judged> {
    if let ([judge], [inputs]) = (asked, inputs) {
        return vec![judge.judge(inputs).await];
    }
    let mut lanes: BTreeMap<(&str, usize), Vec<usize>> = BTreeMap::new();
    for (place, judge) in asked.iter().enumerate() {
        lanes.entry(lane(judge, place)).or_default().push(place);
    }
    let each: Vec<_> = asked.iter().zip(inputs).collect();
    let in_turn = lanes.into_values().map(|places| {
        let each = &each;
        async move {
            let mut said = Vec::new();
            for place in places {
                if let Some((judge, inputs)) = each.get(place) {
                    said.push((place, judge.judge(inputs).await));
                }
            }
            said
        }
    });
    let mut said: Vec<(usize, Judged)> = join_all(in_turn).await.into_iter().flatten().collect();
    said.sort_by_key(|(place, _)| *place);
    said.into_iter().map(|(_, judged)| judged).collect()
}

/// Judges of one lane are asked in turn.
fn lane(judge: &Judge, place: usize) -> (&str, usize) {
    let models = judge.models();
    if models.iter().any(|model| model.is_embedded()) {
        return ("", 0);
    }
    match models.as_slice() {
        [model] if model.is_asked_in_turn() => (model.name(), 0),
        _ => (judge.model().name(), place),
    }
}
