//! A run summed up: outcomes go in one by one, in any order, numbers come out.
//!
//! Scored and unscored always stand side by side, and every rate has its n and
//! its interval. Memory grows by 32 bytes a labelled record and 4 for each of
//! its tags, by the counts of checks with BLEU or chrF and the places of rankings, and not at all otherwise.

mod agreement;
mod cascade;
mod counts;
mod judges;
mod jury;
mod measured;
mod models;
mod numbers;
mod pairs;
mod parts;
mod people;
mod plots;
mod ranking;
mod repeats;
mod roles;
mod rows;
pub(crate) mod tally;

pub use self::agreement::{
    Agreement, GroupAgreement, JudgeAgreement, LabelAgreement, ScaleAgreement, TagAgreement,
};
pub use self::cascade::{CascadeSummary, StageSummary};
pub(crate) use self::counts::NEAR_TIES;
pub use self::counts::{Calls, Latency, Rate, SubjectSummary, Tokens};
pub use self::jury::{JurySummary, MemberSummary};
pub(crate) use self::measured::MetricSummary;
pub use self::models::ModelUse;
pub(crate) use self::models::Prices;
pub(crate) use self::numbers::Compared;
pub use self::numbers::{ScoreSummary, Summary};
pub(crate) use self::pairs::OrderAgreement;
pub use self::pairs::PairAgreement;
pub use self::parts::{PartKind, PartSummary};
pub(crate) use self::people::{Alpha, PeopleAgreement, TwoPeople};
pub(crate) use self::plots::{Reliability, ScoreBin, reliability, score_histogram};
pub(crate) use self::ranking::Ranking;
pub use self::ranking::RankingSummary;
pub(crate) use self::repeats::PassAtK;
pub use self::repeats::RepeatSummary;
pub use self::roles::RoleSummary;
pub(crate) use self::tally::{Tally, TallyHead};
