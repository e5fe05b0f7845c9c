//! What is true of the provider `local`: of the embedded engine, and of a build without it.

use crate::model::facts::{ModelsKind, ProviderFacts};

pub(crate) const FACTS: ProviderFacts =
    ProviderFacts { name: "local", models: ModelsKind::Embedded, is_weighted: true };
