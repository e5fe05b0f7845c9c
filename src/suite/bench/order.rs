//! The order of the blocks and of the records in them. Both are drawn anew for each round, from one seed, so that
//! drift of machine and server hits all cells alike.

use crate::stats::Random;

/// A block: one cell, once through all records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockPlace {
    /// Its place in the order.
    pub(super) block: u32,
    pub(super) round: u32,
    /// The cell's place.
    pub(super) cell: usize,
}

/// The blocks of all rounds. Cells of one load stand together in a round: a model that is loaded for it is loaded once.
pub(super) fn blocks(loads: &[Vec<usize>], rounds: u32, seed: u64) -> Vec<BlockPlace> {
    let mut random = Random::new(seed);
    let mut blocks = Vec::new();
    let mut block = 0;
    for round in 0..rounds {
        let mut loads = loads.to_vec();
        random.shuffle(&mut loads);
        for mut cells in loads {
            random.shuffle(&mut cells);
            for cell in cells {
                blocks.push(BlockPlace { block, round, cell });
                block += 1;
            }
        }
    }
    blocks
}

/// The same things in the order of a round: the same for every cell.
pub(super) fn shuffled<T: Clone>(things: &[T], round: u32, seed: u64) -> Vec<T> {
    let mut things = things.to_vec();
    // Any fixed mixing does: rounds must differ, and be the same again when a bench goes on.
    Random::new(seed ^ (u64::from(round) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)).shuffle(&mut things);
    things
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_round_has_every_cell_once_and_those_of_one_load_together() {
        let loads = [vec![0, 1, 2], vec![3], vec![4, 5]];
        let blocks = blocks(&loads, 8, 7);
        assert_eq!(blocks, super::blocks(&loads, 8, 7));
        let mut orders = BTreeSet::new();
        for round in blocks.chunks(6) {
            let cells: Vec<usize> = round.iter().map(|block| block.cell).collect();
            assert_eq!(cells.iter().collect::<BTreeSet<_>>().len(), 6);
            let at = |cell| cells.iter().position(|other| *other == cell).unwrap();
            let first = [0, 1, 2].map(at);
            assert_eq!(first.iter().max().unwrap() - first.iter().min().unwrap(), 2);
            assert_eq!(at(4).abs_diff(at(5)), 1);
            orders.insert(cells);
        }
        assert!(orders.len() > 4, "the order is drawn anew: {orders:?}");
    }

    #[test]
    fn records_are_drawn_anew_for_each_round() {
        let things: Vec<u32> = (0..20).collect();
        assert_eq!(shuffled(&things, 3, 1), shuffled(&things, 3, 1));
        assert_ne!(shuffled(&things, 3, 1), shuffled(&things, 4, 1));
        assert_ne!(shuffled(&things, 3, 1), shuffled(&things, 3, 2));
    }
}
