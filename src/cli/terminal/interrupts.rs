//! Ctrl-C: once to end when what is in flight is done, twice to end at once.

use crate::suite::Stop;

/// The first Ctrl-C lets what is in flight finish; the second ends the command.
pub(crate) fn listen_for_interrupts(stop: &Stop) {
    let stop = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        stop.wish();
        let tell =
            async { eprintln!("\nfinishing what is in flight; Ctrl-C again ends at once, and loses it") };
        // It listens for the second before it tells of the first, or one that comes at once would be lost.
        let (second, ()) = tokio::join!(biased; tokio::signal::ctrl_c(), tell);
        if second.is_ok() {
            #[expect(clippy::exit, reason = "asked for twice")]
            std::process::exit(130);
        }
    });
}
