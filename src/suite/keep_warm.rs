//! The models of a run kept in their servers' memory while it goes on: a subject or another model may take longer than
//! a server keeps one that nobody asks.

use std::convert::Infallible;
use std::time::Duration;

use super::loaded_models::SuiteModels;

/// Does the work, and loads the models anew each time so much time has passed, if that is wished.
pub(crate) async fn kept_warm<T>(
    models: &SuiteModels,
    every: Option<Duration>,
    work: impl Future<Output = T>,
) -> T {
    let Some(every) = every else {
        return work.await;
    };
    tokio::select! {
        biased;
        done = work => done,
        never = ping(models, every) => match never {},
    }
}

async fn ping(models: &SuiteModels, every: Duration) -> Infallible {
    loop {
        tokio::time::sleep(every).await;
        for loaded in models.judges.iter().chain(&models.subject) {
            let is_served = loaded.model_config.provider.server().is_some_and(|server| server.loads_models);
            if is_served && !loaded.model_config.is_replayed() {
                // A server that does not answer is told of by the calls that need it.
                let _ = loaded.opened.provider.load().await;
            }
        }
    }
}
