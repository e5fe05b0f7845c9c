//! Which records must not be parted.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

use crate::stats::Together;

/// Merges clusters of records until no two of them have anything in common: `named` has the cluster that a
/// record says it is in, by id, and `alike` what else it shares with others (a text), by any keys. Gives each
/// record's cluster, by id; a record that is alone has none.
pub fn merged_clusters<'a, K: Eq + Hash>(
    named: &'a BTreeMap<String, String>,
    alike: impl IntoIterator<Item = (&'a str, K)>,
) -> BTreeMap<String, String> {
    let alike: Vec<(&str, K)> = alike.into_iter().collect();
    let ids: BTreeSet<&str> =
        named.keys().map(String::as_str).chain(alike.iter().map(|(id, _)| *id)).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let place = |id: &str| ids.binary_search(&id).ok();
    let mut together = Together::new(ids.len());
    together.join_alike(named.iter().filter_map(|(id, name)| Some((place(id)?, name))));
    together.join_alike(alike.into_iter().filter_map(|(id, key)| Some((place(id)?, key))));
    let mut clusters = BTreeMap::new();
    for members in together.groups() {
        let members: Vec<&str> = members.into_iter().filter_map(|place| ids.get(place).copied()).collect();
        if let Some(name) = name(&members, named) {
            clusters.extend(members.into_iter().map(|id| (id.to_owned(), name.clone())));
        }
    }
    clusters
}

/// A cluster's name: the first that one of its records says, or what they share; none for a record that is alone.
fn name(members: &[&str], named: &BTreeMap<String, String>) -> Option<String> {
    let said = members.iter().find_map(|id| named.get(*id)).cloned();
    let first = members.first().filter(|_| members.len() > 1);
    said.or_else(|| first.map(|id| format!("the same as record {id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_two_clusters_makes_them_one() {
        let named = [("a", "ann"), ("b", "ann"), ("c", "bob"), ("d", "cleo")]
            .map(|(id, name)| (id.into(), name.into()));
        let texts = [("a", "x"), ("b", "y"), ("c", "y"), ("d", "z"), ("e", "w"), ("f", "w"), ("g", "v")];
        let clusters = merged_clusters(&named.into(), texts);
        let found: Vec<(&str, &str)> =
            clusters.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
        let alike = "the same as record e";
        let expected = [("a", "ann"), ("b", "ann"), ("c", "ann"), ("d", "cleo"), ("e", alike), ("f", alike)];
        assert_eq!(found, expected);
    }

    #[test]
    fn clusters_without_anything_in_common_stay_as_they_are() {
        let named: BTreeMap<String, String> =
            [("a", "2"), ("b", "1"), ("c", "2")].map(|(id, name)| (id.into(), name.into())).into();
        assert_eq!(merged_clusters(&named, [("a", 1), ("b", 2), ("c", 3), ("d", 4)]), named);
    }
}
