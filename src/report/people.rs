//! People held against each other.

use super::lines::Lines;
use super::number::{count, number, plain, rate};
use crate::summary::{PeopleAgreement, TwoPeople};

/// The heading of these lines.
const HEADING: &str = "people";

pub(super) fn people(lines: &mut Lines, agreement: &PeopleAgreement) {
    let each = if agreement.fewest == agreement.most {
        format!("{} each", count(agreement.most))
    } else {
        format!("{} to {} each", count(agreement.fewest), count(agreement.most))
    };
    let tied = match agreement.tied {
        0 => String::new(),
        n => format!("; {} without a majority", count(n)),
    };
    lines.under(
        HEADING,
        &format!(
            "among the people: {} items, {} labels, {each}{tied}",
            count(agreement.items),
            count(agreement.ratings)
        ),
    );
    for alpha in &agreement.alpha {
        let what = format!("Krippendorff's α ({})", alpha.measurement);
        lines.under(HEADING, &number(&what, alpha.value, alpha.interval));
    }
    for pair in &agreement.pairwise {
        lines.under(HEADING, &two(pair));
    }
}

fn two(pair: &TwoPeople) -> String {
    let kappa = number("κ", pair.kappa, pair.kappa_interval);
    let correlations = match pair.pearson {
        None => String::new(),
        some => {
            format!(", Pearson {}, Spearman {}, τ-b {}", plain(some), plain(pair.spearman), plain(pair.tau_b))
        }
    };
    format!("{} and {}: {}, {kappa}{correlations}", pair.first, pair.second, rate("same", &pair.same))
}
