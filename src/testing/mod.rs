//! Quality as assertions, for `cargo test` and nextest: what was judged is compared with a golden file.
//!
//! A test judges its agent's outputs, from recorded replies wherever no model can be asked, and ends with
//! [`assert_golden!`](crate::assert_golden). It fails when a paired test says that the scores are worse,
//! with the records that are worse and the interval; with `prove = 0.1` also when it is not proved that they are worse
//! by no more than that. Changed scores wait for `evenhand golden review`, as insta's snapshots wait for `cargo insta review`;
//! prompts, schemas and reports are texts, and insta's own business.
//!
//! ```no_run
//! # async fn judged() -> evenhand::Result<()> {
//! use evenhand::assert_golden;
//! use evenhand::judge::{Judge, JudgeOptions};
//! use evenhand::signature::bundled;
//! use evenhand::testing::{Assertion, Scored, replayed};
//!
//! let model = replayed("golden/replies/tickets.jsonl")?;
//! let judge = Judge::new(bundled("relevance")?, model, JudgeOptions::default())?;
//! let mut scored = Vec::new();
//! for (id, wanted, reply) in [("t1", "Say that order 7 is late", "Order 7 will be two days late.")] {
//!     let inputs = serde_json::json!({"ground_truth": wanted, "artifact": reply});
//!     let judged = judge.judge(inputs.as_object().expect("an object")).await;
//!     scored.push(Scored::judged(id, &judged).asked(&wanted).output(&reply));
//! }
//! assert_golden!("tickets", &judge, scored);
//! # Ok(())
//! # }
//! ```

mod assertion;
mod broken;
mod scored;

#[cfg(test)]
mod tests;

pub use self::assertion::Assertion;
pub use self::broken::Broken;
pub use self::scored::{JudgedBy, Scored, recorded, replayed};
#[cfg(test)]
use crate::golden::Update;
