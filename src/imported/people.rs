//! Several people's labels of the same items.

use crate::signature::Scale;

/// Several people's labels of the same items, in the items' order.
#[derive(Clone, Debug)]
pub struct People {
    /// The scale of the labels.
    pub scale: Scale,
    /// The people's names, where the same place in every item is the same person's; else empty.
    pub names: Vec<String>,
    /// For each item its labels; `None` for a missing one.
    pub items: Vec<Vec<Option<String>>>,
    /// Items without a majority, which have no label therefore.
    pub tied: u64,
}

impl People {
    pub(super) fn new(scale: Scale, names: Vec<String>) -> Self {
        Self { scale, names, items: Vec::new(), tied: 0 }
    }
}
