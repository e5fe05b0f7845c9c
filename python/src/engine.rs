//! Where the library's work is done: one thread with one runtime for the process, made when it is first needed. All
//! that is asked at the same time, by whichever Python threads and event loops, is tasks of this one thread, as in the
//! command. A process that was forked makes its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use evenhand::eval::Stop;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// Work for the thread: it makes its future there, so that the future need not travel.
type Job = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

struct Engine {
    process: u32,
    jobs: UnboundedSender<Job>,
}

/// No lock: one that another thread held during a fork would be held in the child for ever.
static ENGINE: AtomicPtr<Engine> = AtomicPtr::new(std::ptr::null_mut());

/// How often a waiting thread looks whether Ctrl-C was pressed.
const LOOK: Duration = Duration::from_millis(50);

fn engine() -> PyResult<&'static Engine> {
    let process = std::process::id();
    let found = ENGINE.load(Ordering::Acquire);
    // SAFETY: it is null or was leaked below, and is never freed.
    if let Some(engine) = unsafe { found.as_ref() }
        && engine.process == process
    {
        return Ok(engine);
    }
    let made = Box::leak(Box::new(Engine { process, jobs: start()? }));
    match ENGINE.compare_exchange(found, made, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Ok(made),
        // Another thread was first. The thread that was started here has nothing to do and waits.
        Err(_) => engine(),
    }
}

fn start() -> PyResult<UnboundedSender<Job>> {
    let cannot =
        |problem: std::io::Error| PyRuntimeError::new_err(format!("evenhand cannot start: {problem}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let (send, mut receive) = unbounded_channel::<Job>();
    let work = move || {
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, async {
            while let Some(job) = receive.recv().await {
                tokio::task::spawn_local(job());
            }
        });
    };
    std::thread::Builder::new().name("evenhand".to_owned()).spawn(work).map_err(cannot)?;
    Ok(send)
}

/// Work that was begun.
pub(crate) struct Begun<T> {
    result: Receiver<T>,
    abort: Option<oneshot::Sender<()>>,
}

/// Begins work on the engine's thread.
pub(crate) fn begin<T, W, F>(work: W) -> PyResult<Begun<T>>
where
    T: Send + 'static,
    W: FnOnce() -> F + Send + 'static,
    F: Future<Output = T> + 'static,
{
    let (send, result) = channel();
    let abort = spawn(work, move |done| {
        // Who no longer waits does not mind.
        let _ = send.send(done);
    })?;
    Ok(Begun { result, abort: Some(abort) })
}

/// The same, with what is done with the result on the engine's thread. Dropping what it gives does not end the work;
/// sending does.
pub(crate) fn spawn<T, W, F>(work: W, then: impl FnOnce(T) + Send + 'static) -> PyResult<oneshot::Sender<()>>
where
    T: 'static,
    W: FnOnce() -> F + Send + 'static,
    F: Future<Output = T> + 'static,
{
    let (abort, aborted) = oneshot::channel::<()>();
    let job: Job = Box::new(move || {
        Box::pin(async move {
            let work = std::pin::pin!(work());
            let aborted = async {
                if aborted.await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                done = work => then(done),
                () = aborted => {}
            }
        })
    });
    let lost = |_| PyRuntimeError::new_err("a fault of evenhand's own: its thread ended");
    engine()?.jobs.send(job).map_err(lost)?;
    Ok(abort)
}

impl<T: Send> Begun<T> {
    /// Waits without the interpreter's lock. At Ctrl-C what is in flight is finished first, nothing more is begun, and
    /// the interrupt is raised; at a second Ctrl-C it is raised at once.
    pub(crate) fn wait(self, py: Python<'_>, stop: &Stop) -> PyResult<T> {
        let Self { result: mut received, mut abort } = self;
        let mut interrupted: Option<PyErr> = None;
        loop {
            let result = received;
            let (result, waited) = py.detach(move || {
                let waited = result.recv_timeout(LOOK);
                (result, waited)
            });
            received = result;
            match waited {
                Ok(done) => return interrupted.map_or(Ok(done), Err),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(interrupted.unwrap_or_else(|| {
                        PyRuntimeError::new_err("a fault of evenhand's own: the work ended without a result")
                    }));
                }
            }
            if let Err(signal) = py.check_signals() {
                if interrupted.is_some() {
                    if let Some(abort) = abort.take() {
                        let _ = abort.send(());
                    }
                    return Err(signal);
                }
                stop.wish();
                interrupted = Some(signal);
            }
        }
    }
}
