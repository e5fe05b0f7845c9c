//! One process: fed, waited for, and ended when it takes too long or says too much.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// What is run, and within which bounds.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) arguments: Vec<String>,
    pub(super) stdin: Option<String>,
    pub(super) folder: PathBuf,
    pub(super) environment: Vec<(String, String)>,
    pub(super) timeout: Duration,
    pub(super) max_bytes: u64,
}

/// What a process left behind.
#[derive(Debug)]
pub(super) struct Left {
    /// The exit code; `None` after a signal.
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
    /// Whether something that it started still held its output when it had ended.
    pub(super) held: bool,
}

/// Why a process left nothing.
#[derive(Debug)]
pub(super) enum Lost {
    Start(std::io::Error),
    Timeout,
    TooLong,
    Pipe(std::io::Error),
}

/// The end of the standard error that is kept, in bytes.
const STDERR_TAIL: usize = 2000;

impl Process {
    /// The same with an environment variable more.
    pub(super) fn told(mut self, variable: &str, value: String) -> Self {
        self.environment.push((variable.to_owned(), value));
        self
    }

    pub(super) async fn run(self) -> Result<Left, Lost> {
        let (program, arguments) = self.arguments.split_first().ok_or_else(|| Lost::Start(nothing()))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own: Ctrl-C does not reach it, so that what is in
        // flight can finish, and all of it can be ended together.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(Lost::Start)?;
        let mut group = Group::of(&child);
        let all = tokio::time::timeout(self.timeout, exchange(&mut child, self.stdin, self.max_bytes)).await;
        let left = all.unwrap_or(Err(Lost::Timeout));
        if left.is_ok() {
            group.let_go();
            return left;
        }
        group.end();
        let _ = child.start_kill();
        let _ = child.wait().await;
        left
    }
}

fn nothing() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidInput, "the command is empty")
}

/// Feeds the process, and reads what it writes until it has ended. Something that it started and left
/// running may hold the pipes on: that is not waited for.
async fn exchange(child: &mut Child, stdin: Option<String>, max_bytes: u64) -> Result<Left, Lost> {
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let (status, held) = {
        let feed = async {
            if let (Some(mut pipe), Some(text)) = (input, stdin) {
                // A program may answer without reading all of its input: a closed pipe is no fault.
                let _ = pipe.write_all(text.as_bytes()).await;
                let _ = pipe.shutdown().await;
            }
            Ok(())
        };
        let read =
            async { tokio::try_join!(feed, all(output, &mut stdout, max_bytes), tail(errors, &mut stderr)) };
        let mut read = std::pin::pin!(read);
        tokio::select! {
            biased;
            read = &mut read => {
                read?;
                (child.wait().await, false)
            }
            status = child.wait() => {
                let read = tokio::time::timeout(GRACE, &mut read).await;
                let held = read.is_err();
                read.unwrap_or(Ok(((), (), ())))?;
                (status, held)
            }
        }
    };
    let code = status.map_err(Lost::Pipe)?.code();
    Ok(Left { code, stdout, stderr: String::from_utf8_lossy(&stderr).trim().to_owned(), held })
}

/// How long the pipes are read on once the process has ended: what it wrote stands in them already.
const GRACE: Duration = Duration::from_millis(200);

/// Everything up to one byte over the bound; beyond it nothing is read.
async fn all(pipe: Option<impl AsyncRead + Unpin>, bytes: &mut Vec<u8>, max_bytes: u64) -> Result<(), Lost> {
    let Some(pipe) = pipe else { return Ok(()) };
    let mut pipe = pipe.take(max_bytes + 1);
    while pipe.read_buf(bytes).await.map_err(Lost::Pipe)? > 0 {}
    if bytes.len() as u64 > max_bytes { Err(Lost::TooLong) } else { Ok(()) }
}

/// Reads to the end and keeps the last of it.
async fn tail(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) -> Result<(), Lost> {
    let mut chunk = [0; 4096];
    let Some(mut pipe) = pipe else { return Ok(()) };
    while let Ok(read) = pipe.read(&mut chunk).await {
        if read == 0 {
            break;
        }
        kept.extend(chunk.iter().take(read));
        kept.drain(..kept.len().saturating_sub(STDERR_TAIL));
    }
    Ok(())
}

/// The processes a child may have started. Unless they are let go they end with
/// this: a record whose time is up leaves nothing running.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    #[cfg(unix)]
    fn let_go(&mut self) {
        self.leader = None;
    }

    #[cfg(unix)]
    fn end(&mut self) {
        if let Some(leader) = self.leader.take() {
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Self {}
    }

    #[cfg(not(unix))]
    fn let_go(&mut self) {}

    #[cfg(not(unix))]
    fn end(&mut self) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn shell(script: &str, folder: &std::path::Path) -> Process {
        Process {
            arguments: ["sh", "-c", script].map(str::to_owned).to_vec(),
            stdin: None,
            folder: folder.to_owned(),
            environment: Vec::new(),
            timeout: Duration::from_secs(20),
            max_bytes: 100,
        }
    }

    async fn left(script: &str) -> Result<Left, Lost> {
        let folder = tempfile::tempdir().unwrap();
        shell(script, folder.path()).run().await
    }

    #[tokio::test]
    async fn what_a_process_leaves_running_is_not_waited_for() {
        let started = std::time::Instant::now();
        for script in [
            "echo whole; echo said >&2; sleep 9 & exit 0",
            "echo whole; echo said >&2; (sleep 9; echo late) & exit 0",
            "(exec >/dev/null; sleep 9) & echo whole; echo said >&2",
            "(exec 2>/dev/null; sleep 9) & echo whole; echo said >&2",
        ] {
            let left = left(script).await.unwrap();
            assert_eq!(
                (left.code, &*left.stdout, &*left.stderr),
                (Some(0), &b"whole\n"[..], "said"),
                "{script}"
            );
            assert!(left.held, "{script}");
        }
        assert_eq!(left("sleep 9 & exit 3").await.unwrap().code, Some(3));
        assert!(started.elapsed() < Duration::from_secs(9));
    }

    #[tokio::test]
    async fn everything_a_process_wrote_itself_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let script = "head -c 60000 /dev/zero; sleep 9 & exit 0";
        let process = Process { max_bytes: 60_000, ..shell(script, folder.path()) };
        let left = process.run().await.unwrap();
        assert_eq!((left.stdout.len(), left.held), (60_000, true));
        let alone = self::left("echo one; sleep 0.3; echo two").await.unwrap();
        assert_eq!((&*alone.stdout, alone.held), (&b"one\ntwo\n"[..], false));
        let closed = self::left("echo one; exec >&- 2>&-; sleep 0.3; exit 4").await.unwrap();
        assert_eq!((&*closed.stdout, closed.code, closed.held), (&b"one\n"[..], Some(4), false));
    }

    #[tokio::test]
    async fn too_much_output_ends_it_at_once() {
        let lost = left("head -c 200 /dev/zero; sleep 9").await.unwrap_err();
        assert!(matches!(lost, Lost::TooLong), "{lost:?}");
    }

    async fn pause() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    #[tokio::test]
    async fn a_process_that_nobody_waits_for_ends_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let script = "(sleep 0.06; echo late > late.txt) & echo > begun.txt; wait";
        let process = shell(script, folder.path());
        let begun = async {
            while !folder.path().join("begun.txt").exists() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            _ = process.run() => panic!("it was to be waited for"),
            () = begun => {}
        }
        for _ in 0..5 {
            pause().await;
        }
        assert!(!folder.path().join("late.txt").exists());
    }
}
