//! What a calibration holds for: a suite's judge, by its fingerprints.

use crate::calibration::Fingerprints;
use crate::eval::Panel;

/// The fingerprints of a panel's judge. `None` where it is not a judge alone: several parts together
/// have no distribution that a map could read.
#[allow(dead_code)]
pub(super) fn fingerprints(panel: &Panel) -> Option<Fingerprints> {
    let judge = panel.alone()?;
    Some(Fingerprints {
        signature: judge.spec().fingerprint(),
        judge: judge.fingerprint(),
        model: panel.model().to_owned(),
        reading: panel.reading().name().to_owned(),
    })
}
