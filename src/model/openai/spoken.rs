//! Schemas in the dialect of a server, each worked out once.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::signature::Dialect;

/// So many are remembered: a rubric has one for each criterion.
const MOST: usize = 32;

/// Schemas that were spoken in a dialect already.
#[derive(Default)]
pub(super) struct Spoken(Mutex<Vec<One>>);

struct One {
    schema: Arc<Value>,
    dialect: Dialect,
    spoken: Arc<Value>,
}

impl Spoken {
    /// The schema in the dialect.
    pub(super) fn schema(&self, schema: &Arc<Value>, dialect: Dialect) -> Arc<Value> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |one: &&One| one.dialect == dialect && Arc::ptr_eq(&one.schema, schema);
        if let Some(one) = known.iter().find(same) {
            return Arc::clone(&one.spoken);
        }
        let spoken = Arc::new(dialect.speak(schema));
        if known.len() == MOST {
            known.remove(0);
        }
        known.push(One { schema: Arc::clone(schema), dialect, spoken: Arc::clone(&spoken) });
        spoken
    }
}
