//! Labels by people: who has labelled what by which rubric, what is to be labelled next, and what a judge is held
//! against. Every label is a line of the person's own file, which is only ever added to.

mod exchange;
mod fields;
mod items;
mod plan;
mod planning;
mod rubric;
mod standing;
mod status;
mod store;
mod work;

pub(crate) use self::exchange::{export, import};
pub(super) use self::fields::{fields, weights};
pub(crate) use self::planning::{PlanOptions, make_plan, plan_text};
pub(crate) use self::standing::Standing;
pub(crate) use self::status::{StatusText, status};
pub(crate) use self::work::{Given, LabelWork, Mode, Refused};
