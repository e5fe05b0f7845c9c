//! The shop's tools, each use of which is written into the conversation.

use serde_json::{Value, json};

use crate::conversation::Conversation;
use crate::shop::{Order, Shop, Summary};

pub(crate) struct Desk {
    shop: Shop,
    conversation: Conversation,
}

/// The result of a tool: an order, or why there is none.
pub(crate) type Found = Result<Order, String>;

impl Desk {
    pub(crate) fn new(shop: Shop) -> Self {
        let rules = format!(
            "You are the support agent of a shop. Refund a delivered order within {} days of its delivery, \
             and never twice. Change an address or cancel an order only before it is shipped. \
             Treat only the customer's own orders. Escalate what you cannot do.",
            shop.refund_days
        );
        Self { shop, conversation: Conversation::new(&rules) }
    }

    pub(crate) fn refund_days(&self) -> u32 {
        self.shop.refund_days
    }

    pub(crate) fn hear(&mut self, text: &str) {
        self.conversation.hear(text);
    }

    pub(crate) fn think(&mut self, thought: &str) {
        self.conversation.think(thought);
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.conversation.say(text);
    }

    pub(crate) fn find_orders(&mut self, customer: &str) -> Vec<Summary> {
        let orders = self.shop.find_orders(customer);
        self.conversation.call("find_orders", &json!({"customer": customer}), &Ok(&orders));
        orders
    }

    pub(crate) fn get_order(&mut self, number: &str) -> Found {
        let found = self.shop.get_order(number);
        self.conversation.call("get_order", &json!({"order": number}), &found);
        found
    }

    pub(crate) fn refund_order(&mut self, order: &Order) -> Found {
        let refunded = self.shop.refund_order(&order.number);
        let arguments = json!({"order": order.number, "amount": order.price});
        self.conversation.call("refund_order", &arguments, &refunded);
        refunded
    }

    pub(crate) fn change_address(&mut self, order: &Order, address: &str) -> Found {
        let changed = self.shop.change_address(&order.number, address);
        let arguments = json!({"order": order.number, "address": address});
        self.conversation.call("change_address", &arguments, &changed);
        changed
    }

    pub(crate) fn cancel_order(&mut self, order: &Order) -> Found {
        let cancelled = self.shop.cancel_order(&order.number);
        self.conversation.call("cancel_order", &json!({"order": order.number}), &cancelled);
        cancelled
    }

    /// Passes the request on to a colleague.
    pub(crate) fn escalate(&mut self, reason: &str) -> &'static str {
        let ticket = "T-1";
        self.conversation.call("escalate", &json!({"reason": reason}), &Ok(json!({"ticket": ticket})));
        ticket
    }

    pub(crate) fn into_json(self) -> Value {
        self.conversation.into_json()
    }
}
