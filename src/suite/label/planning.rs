//! Which records people label: some that a run's judge was unsure of, and others drawn at random, each with how many
//! records it stands for, so that shares computed from the labels hold for all records.

use std::collections::BTreeMap;

use super::items::Item;
use super::plan::{PlanFile, Planned};
use super::rubric::version;
use super::standing::Standing;
use super::store::check_name;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Journal;
use crate::number::{real, to_u64, to_usize};
use crate::report::{count, count_of};
use crate::suite::config::Config;
use crate::suite::runs;

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.959_964;

/// How records are chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlanOptions {
    /// How many are drawn at random.
    pub(crate) random: Option<u64>,
    /// Or as many as it takes for shares within so much.
    pub(crate) half_width: Option<f64>,
    /// How many of those that the last run was least sure of.
    pub(crate) uncertain: u64,
    /// How many all people label.
    pub(crate) overlap: u64,
    /// A field: records of each of its values are drawn, in the same shares.
    pub(crate) strata: Option<String>,
    /// Who labels.
    pub(crate) people: Vec<String>,
    /// Another number draws others.
    pub(crate) seed: u64,
}

/// Chooses records, and keeps the choice beside the labels.
///
/// # Errors
/// There is no run to tell what is uncertain, a name cannot be one, or the plan cannot be written.
pub(crate) fn make_plan(standing: &Standing, config: &Config, options: &PlanOptions) -> Result<PlanFile> {
    options.people.iter().try_for_each(|name| check_name(name))?;
    let unsure = match options.uncertain {
        0 => Vec::new(),
        most => unsure(standing, config, most)?,
    };
    let rest: Vec<&Item> = standing.items.iter().filter(|item| !unsure.contains(&item.id)).collect();
    let wished = options.random.unwrap_or_else(|| match options.half_width {
        Some(half_width) => needed(rest.len() as u64, half_width),
        None => 100,
    });
    let (mut parts, mut drawn) = draw(&rest, wished, options);
    if !unsure.is_empty() {
        parts.insert("uncertain".to_owned(), unsure.len() as u64);
        drawn.extend(unsure.into_iter().map(|id| (id, "uncertain".to_owned(), 1.0)));
    }
    // One order for everybody, in which nothing tells why a record was chosen.
    drawn.sort_by_key(|(id, _, _)| key(options.seed, "order", id));
    let plan = PlanFile {
        format: 1,
        seed: options.seed,
        strata: options.strata.clone(),
        people: options.people.clone(),
        parts,
        records: assigned(drawn, options),
    };
    plan.write(&standing.folder)?;
    Ok(plan)
}

/// The records that the last run's judge was least sure of, the least sure first.
fn unsure(standing: &Standing, config: &Config, most: u64) -> Result<Vec<String>> {
    let folder = runs::last_folder(config, &standing.suite)
        .map_err(|error| error.help("`--uncertain` goes by a finished run: evenhand run; or leave it out"))?;
    let mut found: Vec<(f64, String)> = Vec::new();
    for outcome in Journal::read(&folder)? {
        let confidence = outcome.score().and_then(|score| score.confidence);
        if let Some(confidence) = confidence.filter(|_| standing.item(&outcome.id).is_some()) {
            found.push((confidence, outcome.id));
        }
    }
    if found.is_empty() {
        let detail = format!("the last run of {} tells no confidence", standing.suite);
        return Err(Error::new(ErrorKind::Usage, detail)
            .help("run it with --reading weighted or sampled, or leave out --uncertain"));
    }
    found.sort_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(&other.1)));
    Ok(found.into_iter().map(|(_, id)| id).take(usize::try_from(most).unwrap_or(usize::MAX)).collect())
}

type Drawn = Vec<(String, String, f64)>;

/// Draws at random from every part in the same share, at least one of each: the parts with their sizes, and the
/// records with their part and weight.
fn draw(rest: &[&Item], wished: u64, options: &PlanOptions) -> (BTreeMap<String, u64>, Drawn) {
    let mut by_part: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for item in rest {
        let part = match &options.strata {
            Some(_) => format!("random: {}", item.stratum.as_deref().unwrap_or("")),
            None => "random".to_owned(),
        };
        by_part.entry(part).or_default().push(&item.id);
    }
    let (mut parts, mut drawn) = (BTreeMap::new(), Vec::new());
    let share = (real(wished) / real(rest.len().max(1))).min(1.0);
    for (part, mut ids) in by_part {
        let size = ids.len();
        ids.sort_by_key(|id| key(options.seed, "draw", id));
        let least = usize::from(wished > 0);
        let number = to_usize((share * real(size)).round()).clamp(least.min(size), size);
        if number > 0 {
            let weight = real(size) / real(number);
            drawn.extend(ids.into_iter().take(number).map(|id| (id.to_owned(), part.clone(), weight)));
            parts.insert(part, size as u64);
        }
    }
    (parts, drawn)
}

/// Some are for everybody, the others for one person each in turn.
fn assigned(drawn: Drawn, options: &PlanOptions) -> BTreeMap<String, Planned> {
    let shared = usize::try_from(options.overlap).unwrap_or(usize::MAX);
    let several = options.people.len() > 1;
    let mut records = BTreeMap::new();
    for (place, (id, part, weight)) in drawn.into_iter().enumerate() {
        let own = options.people.get(place.saturating_sub(shared) % options.people.len().max(1));
        let people = if several && place >= shared {
            own.cloned().into_iter().collect()
        } else {
            options.people.clone()
        };
        records.insert(id, Planned { place: place as u64, part, weight, people });
    }
    records
}

/// A place in a random order that is the same every time.
fn key(seed: u64, what: &str, id: &str) -> String {
    version(&serde_json::json!([seed, what, id]))
}

/// How many of so many records give a share within this, at 95 % and at worst.
fn needed(records: u64, half_width: f64) -> u64 {
    if !(half_width > 0.0 && half_width.is_finite()) {
        return records;
    }
    let endless = 0.25 * (Z / half_width).powi(2);
    let all = real(records);
    to_u64((endless * all / (endless + all - 1.0).max(1.0)).ceil()).min(records)
}

/// The widest half of a share's interval with so many of so many records.
fn half_width(number: u64, records: u64) -> f64 {
    let unseen = 1.0 - real(number) / real(records.max(1));
    Z * (0.25 / real(number.max(1)) * unseen.max(0.0)).sqrt()
}

/// The plan in words.
pub(crate) fn plan_text(standing: &Standing, plan: &PlanFile) -> String {
    let records = standing.items.len() as u64;
    let number = plan.records.len() as u64;
    let mut text =
        format!("{}: {} of {} records are to be labelled\n", standing.suite, count(number), count(records));
    for (part, size) in &plan.parts {
        let own: Vec<&Planned> = plan.records.values().filter(|planned| planned.part == *part).collect();
        let weight = own.first().map_or(0.0, |planned| planned.weight);
        text += &format!("  {part}: {} of {}, each stands for {weight:.1}\n", own.len(), count(*size));
    }
    let by_chance: u64 = plan.records.values().filter(|planned| planned.part != "uncertain").count() as u64;
    if by_chance > 0 {
        text += &format!(
            "a share of labels will be known within ±{:.2} at 95 %, at worst\n",
            half_width(by_chance, records)
        );
        let wider: Vec<String> = [0.1, 0.07, 0.05, 0.03]
            .iter()
            .map(|width| format!("±{width} takes {}", count(needed(records, *width))))
            .collect();
        text += &format!("drawn at random, {}\n", wider.join(", "));
    }
    if plan.people.len() > 1 {
        let shared = plan.records.values().filter(|planned| planned.people.len() > 1).count();
        text += &format!("{shared} are labelled by everybody, so that agreement can be computed\n");
    }
    for person in &plan.people {
        let own = plan.records.values().filter(|planned| planned.is_for(person)).count();
        let own = count_of(own as u64, "record");
        text += &format!("  {person}: {own}; evenhand label {} --as {person}\n", standing.suite);
    }
    if plan.people.is_empty() {
        text += &format!("everybody labels all of them: evenhand label {} --as NAME\n", standing.suite);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(number: usize) -> Vec<Item> {
        let item = |place: usize| Item {
            id: format!("r{place}"),
            hash: String::new(),
            inputs: serde_json::Map::new(),
            stratum: Some(if place.is_multiple_of(10) { "rare" } else { "usual" }.to_owned()),
        };
        (0..number).map(item).collect()
    }

    #[test]
    fn the_weights_of_what_is_drawn_add_up_to_all_records() {
        let all = items(200);
        let all: Vec<&Item> = all.iter().collect();
        for strata in [None, Some("kind".to_owned())] {
            let options = PlanOptions { strata, ..PlanOptions::default() };
            for wished in [1, 7, 40, 500] {
                let (parts, drawn) = draw(&all, wished, &options);
                let sum: f64 = drawn.iter().map(|(_, _, weight)| weight).sum();
                assert!((sum - 200.0).abs() < 1e-9, "{sum}");
                assert_eq!(parts.values().sum::<u64>(), 200);
            }
        }
        let (_, again) = draw(&all, 40, &PlanOptions::default());
        assert_eq!(again, draw(&all, 40, &PlanOptions::default()).1, "the same seed draws the same");
        assert_ne!(again, draw(&all, 40, &PlanOptions { seed: 1, ..PlanOptions::default() }).1);
    }

    #[test]
    fn some_are_for_all_and_the_others_are_shared_out() {
        let drawn: Drawn = (0..10).map(|place| (format!("r{place}"), "random".into(), 2.0)).collect();
        let people: Vec<String> = vec!["ana".into(), "ben".into()];
        let records = assigned(drawn, &PlanOptions { overlap: 4, people, ..PlanOptions::default() });
        let of = |person: &str| records.values().filter(|planned| planned.is_for(person)).count();
        assert_eq!((of("ana"), of("ben")), (7, 7));
        assert_eq!(records.values().filter(|planned| planned.people.len() == 2).count(), 4);
    }

    #[test]
    fn how_many_it_takes_is_what_the_formula_of_shares_says() {
        assert_eq!((needed(1_000_000, 0.05), needed(200, 0.05), needed(10, 0.01)), (384, 132, 10));
        assert!(half_width(132, 200) < 0.05 && half_width(120, 200) > 0.05);
    }
}
