//! The shop's orders, and what can be done to them.
//!
//! Nothing here looks at the policy: the tools do what they are told.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(crate) struct Shop {
    /// A refund is possible for so many days after delivery.
    pub(crate) refund_days: u32,
    orders: Vec<Order>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    #[serde(rename = "order")]
    pub(crate) number: String,
    pub(crate) customer: String,
    pub(crate) item: String,
    pub(crate) price: f64,
    pub(crate) status: Status,
    pub(crate) ordered_days_ago: u32,
    pub(crate) delivered_days_ago: Option<u32>,
    pub(crate) refunded: bool,
    pub(crate) address: String,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Processing,
    Shipped,
    Delivered,
    Cancelled,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Processing => "being packed",
            Self::Shipped => "on its way",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }
}

/// An order in a list.
#[derive(Serialize)]
pub(crate) struct Summary {
    #[serde(rename = "order")]
    pub(crate) number: String,
    pub(crate) item: String,
    pub(crate) ordered_days_ago: u32,
}

impl Shop {
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path)
            .map_err(|fault| format!("cannot read the orders in {}: {fault}", path.display()))?;
        serde_json::from_str(&text)
            .map_err(|fault| format!("{} does not hold orders: {fault}", path.display()))
    }

    pub(crate) fn find_orders(&self, customer: &str) -> Vec<Summary> {
        let theirs = self.orders.iter().filter(|order| order.customer == customer);
        theirs
            .map(|order| Summary {
                number: order.number.clone(),
                item: order.item.clone(),
                ordered_days_ago: order.ordered_days_ago,
            })
            .collect()
    }

    pub(crate) fn get_order(&self, number: &str) -> Result<Order, String> {
        let order = self.orders.iter().find(|order| order.number == number);
        order.cloned().ok_or_else(|| format!("there is no order {number}"))
    }

    pub(crate) fn refund_order(&mut self, number: &str) -> Result<Order, String> {
        self.change(number, |order| order.refunded = true)
    }

    pub(crate) fn change_address(&mut self, number: &str, address: &str) -> Result<Order, String> {
        self.change(number, |order| address.clone_into(&mut order.address))
    }

    pub(crate) fn cancel_order(&mut self, number: &str) -> Result<Order, String> {
        self.change(number, |order| order.status = Status::Cancelled)
    }

    fn change(&mut self, number: &str, change: impl FnOnce(&mut Order)) -> Result<Order, String> {
        let order = self.orders.iter_mut().find(|order| order.number == number);
        let order = order.ok_or_else(|| format!("there is no order {number}"))?;
        change(order);
        Ok(order.clone())
    }
}
