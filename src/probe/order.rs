//! Orders in which a list is shown.

use crate::stats::Random;

/// Up to `most` orders of `items` places, none of them as it is and no two alike: backwards first, then drawn by the seed.
pub(super) fn orders(items: usize, most: usize, seed: u64) -> Vec<Vec<usize>> {
    let as_it_is: Vec<usize> = (0..items).collect();
    let others = (2..=items).try_fold(1_usize, usize::checked_mul).unwrap_or(usize::MAX) - 1;
    let wanted = most.min(others);
    let mut found: Vec<Vec<usize>> = Vec::new();
    if wanted > 0 {
        found.push(as_it_is.iter().rev().copied().collect());
    }
    let mut random = Random::new(seed);
    while found.len() < wanted {
        let mut order = as_it_is.clone();
        random.shuffle(&mut order);
        if order != as_it_is && !found.contains(&order) {
            found.push(order);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_differ_and_are_no_more_than_there_are() {
        assert!(orders(0, 3, 1).is_empty() && orders(1, 3, 1).is_empty());
        assert_eq!(orders(2, 3, 1), [[1, 0]]);
        assert_eq!(orders(3, 9, 1).len(), 5);
        let four = orders(4, 3, 7);
        assert_eq!((four.len(), &four[0][..]), (3, &[3, 2, 1, 0][..]));
        assert_eq!(four, orders(4, 3, 7), "the seed decides");
        assert_ne!(four, orders(4, 3, 8));
    }
}
