//! The reasons of a verdict that came without any, asked for after the fact.

use serde_json::{Map, Value};

use super::judging::{Judge, JuryMember};
use super::score::{Judged, Order};
use super::{reasons, strategy};
use crate::ask::{AnswerOrders, Attempt, Question, Reading};
use crate::model::Request;
use crate::prompt::RenderFault;

impl Judge {
    /// Asks for the reasons of a score that was read without any, and puts
    /// them into it, marked as given after the fact. Whatever fails here
    /// leaves the score as it was. Of a pair it is asked about the verdict in its own order.
    pub async fn explain(&self, inputs: &Map<String, Value>, judged: &mut Judged) {
        if let Some(answered) = self.answered(judged) {
            let before = judged.attempts.len();
            Box::pin(answered.judge.explain(inputs, judged)).await;
            let model = judged
                .attempts
                .first()
                .and_then(|attempt| attempt.model.as_ref())
                .map(|_| answered.judge.model().name().to_owned());
            for attempt in judged.attempts.iter_mut().skip(before) {
                (attempt.role, attempt.model) = (Some(answered.name.clone()), model.clone());
            }
            return;
        }
        // A decision model writes no reasons.
        let (Ok(score), None) = (&mut judged.result, self.asker.model.decision_limits()) else {
            return;
        };
        // A rubric judged criterion by criterion has a verdict for each; the
        // reasons are asked of the first question only where it is the only one.
        let mut questions = self.strategy.questions();
        if self.options().orders != AnswerOrders::Own && !self.options().asks_by_criterion(self.spec()) {
            questions.truncate(1);
        }
        let ([question], None) = (questions.as_slice(), &score.reasoning) else {
            return;
        };
        let Ok(request) = self.first_request(question, inputs) else {
            return;
        };
        let own = judged.orders.first().and_then(|order| order.label.as_deref());
        let label = own.unwrap_or(&score.label);
        let asked = reasons::reasons(self.model(), question, request, label, self.options().retries).await;
        let order = own.map(|_| Order::Own.name().to_owned());
        judged
            .attempts
            .extend(asked.attempts.into_iter().map(|attempt| Attempt { order: order.clone(), ..attempt }));
        if let Ok(replied) = asked.result {
            let reasons = reasons::text(&replied);
            let is_whole = judged.orders.iter().all(|order| order.label.as_ref() == Some(&score.label));
            score.reasoning = match own {
                Some(label) if !is_whole => {
                    reasons.map(|reasons| strategy::named(Order::Own, label, &reasons))
                }
                _ => reasons,
            };
            score.post_hoc = score.reasoning.is_some();
        }
    }

    /// The request for a question of its own, with the number of its first draw.
    fn first_request(
        &self,
        question: &Question,
        inputs: &Map<String, Value>,
    ) -> Result<Request, RenderFault> {
        let options = self.options();
        let draws = if options.reading == Reading::Sampled { options.samples } else { 1 };
        self.asker.request(question, inputs, draws)
    }

    /// The member that answered, where its route chose one.
    fn answered(&self, judged: &Judged) -> Option<&JuryMember> {
        self.route.as_ref()?;
        let role = judged.attempts.last()?.role.as_ref()?;
        self.members.iter().find(|member| member.name == *role)
    }
}
