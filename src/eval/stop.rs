//! The wish to stop: given once, heard by every run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// A wish to stop. Cheap to clone; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    wished: AtomicBool,
    told: Notify,
}

impl Stop {
    /// Asks runs to finish what is in flight and start nothing more.
    pub fn wish(&self) {
        self.inner.wished.store(true, Ordering::SeqCst);
        self.inner.told.notify_waiters();
    }

    /// Whether it was asked for.
    #[must_use]
    pub fn is_wished(&self) -> bool {
        self.inner.wished.load(Ordering::SeqCst)
    }

    /// Waits until it is asked for.
    pub async fn wished(&self) {
        let told = self.inner.told.notified();
        if !self.is_wished() {
            told.await;
        }
    }
}
