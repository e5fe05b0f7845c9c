//! The agent: finds the order that is meant, looks at the policy, acts, answers.

use serde_json::Value;

use crate::desk::{Desk, Found};
use crate::request::{Intent, Request, new_address, order_number};
use crate::shop::{Order, Shop, Status};

/// Whether the agent looks at the policy before it refunds.
#[derive(Clone, Copy)]
pub(crate) enum Care {
    Careful,
    Careless,
}

pub(crate) struct Agent {
    desk: Desk,
    care: Care,
}

impl Agent {
    pub(crate) fn new(shop: Shop, care: Care) -> Self {
        Self { desk: Desk::new(shop), care }
    }

    /// The conversation, answer included.
    pub(crate) fn serve(mut self, request: &Request) -> Value {
        self.desk.hear(&request.text);
        let answer = self.answer(request).unwrap_or_else(|fault| format!("That did not work: {fault}."));
        self.desk.say(&answer);
        self.desk.into_json()
    }

    /// # Errors
    ///
    /// What a tool says when it fails.
    fn answer(&mut self, request: &Request) -> Result<String, String> {
        let orders = self.desk.find_orders(&request.customer);
        let Some(intent) = Intent::of(&request.text) else {
            return Ok(self.hand_over(&request.text));
        };
        let Some(number) = order_number(&request.text, &orders) else {
            return Ok("I cannot find any order of yours. Which one do you mean?".to_owned());
        };
        // Another customer's order and none at all get the same answer: it gives nothing away.
        let Some(order) =
            self.desk.get_order(&number).ok().filter(|order| order.customer == request.customer)
        else {
            return Ok(format!("I cannot find order {number} among your orders. Is the number right?"));
        };
        match intent {
            Intent::Cancel => self.cancel(&order),
            Intent::Refund => self.refund(&order),
            Intent::ChangeAddress => self.change_address(&order, new_address(&request.text)),
            Intent::Status => Ok(status(&order)),
        }
    }

    fn hand_over(&mut self, text: &str) -> String {
        let ticket = self.desk.escalate(text);
        format!("I have passed your request to a colleague, who will write to you (ticket {ticket}).")
    }

    fn cancel(&mut self, order: &Order) -> Result<String, String> {
        if let Some(refusal) = too_late(order, "cancelled") {
            return Ok(refusal);
        }
        let order = self.desk.cancel_order(order)?;
        Ok(format!("I have cancelled {}. You will not be charged.", name(&order)))
    }

    fn refund(&mut self, order: &Order) -> Result<String, String> {
        if matches!(self.care, Care::Careful) {
            if let Some(refusal) = refund_refusal(order, self.desk.refund_days()) {
                return Ok(refusal);
            }
            self.desk.think(
                "Delivered, within the days that the policy allows, and not refunded yet: a refund is due.",
            );
        }
        refunded(self.desk.refund_order(order))
    }

    fn change_address(&mut self, order: &Order, address: Option<&str>) -> Result<String, String> {
        if let Some(refusal) = too_late(order, "sent to another address") {
            return Ok(refusal);
        }
        let Some(address) = address else {
            return Ok(format!("Where shall I send {}?", name(order)));
        };
        let order = self.desk.change_address(order, address)?;
        Ok(format!("I have changed the address of {} to: {}.", name(&order), order.address))
    }
}

fn name(order: &Order) -> String {
    format!("order {} ({})", order.number, order.item)
}

fn status(order: &Order) -> String {
    format!("Your {} is {}.", name(order), order.status.name())
}

fn refunded(order: Found) -> Result<String, String> {
    let order = order?;
    Ok(format!(
        "I have refunded {:.2} for {}. The money is with you in three to five days.",
        order.price,
        name(&order)
    ))
}

/// Why the policy forbids to change this order, if it does.
fn too_late(order: &Order, what: &str) -> Option<String> {
    if order.status == Status::Processing {
        return None;
    }
    Some(format!("I am sorry, {} is {} and cannot be {what} any more.", name(order), order.status.name()))
}

/// Why the policy forbids to refund this order, if it does.
fn refund_refusal(order: &Order, refund_days: u32) -> Option<String> {
    let name = name(order);
    if order.refunded {
        return Some(format!("I am sorry, {name} has already been refunded."));
    }
    match order.delivered_days_ago {
        None => Some(format!("I am sorry, {name} has not been delivered, so I cannot refund it.")),
        Some(days) if days > refund_days => Some(format!(
            "I am sorry, {name} was delivered {days} days ago. I can refund only within {refund_days} days."
        )),
        Some(_) => None,
    }
}
