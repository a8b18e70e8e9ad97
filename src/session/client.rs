//! The window's end of the worker process: starts it, talks to it, notices when it dies, ends it when dropped.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pg_base::{Trouble, say};

use crate::frames;
use crate::worker::{FromWorker, ToWorker, VERSION};

/// Lines of standard error kept to explain a death.
const N_LAST_LINES: usize = 20;
/// A process whose pipe has ended is gone within this time, or is made to go.
const END_WITHIN: Duration = Duration::from_secs(2);
/// How long the words of a dead process may be under way.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What comes from the worker process.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// It said something.
    Said(FromWorker),
    /// It is gone; nothing more comes. A new one can be started.
    Lost(Trouble),
}

/// A running worker process.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    /// None once the pipe was closed.
    stdin: Option<ChildStdin>,
    news: Receiver<Pipe>,
    last_lines: Arc<Mutex<VecDeque<String>>>,
    words: Option<JoinHandle<()>>,
    is_lost: bool,
}

#[derive(Debug)]
enum Pipe {
    Said(FromWorker),
    Ended(Option<String>),
}

/// The pools that work is done in; Polars has one of its own.
const POOLS: [&str; 2] = ["RAYON_NUM_THREADS", "POLARS_MAX_THREADS"];

/// Leaves one core to the window where there are more than two, unless a person has said how many threads work.
fn threads_of_worker() -> Vec<(&'static str, String)> {
    let n_cores = thread::available_parallelism().map_or(1, usize::from);
    let is_free = |pool: &&str| std::env::var_os(pool).is_none();
    if n_cores <= 2 {
        return Vec::new();
    }
    POOLS.into_iter().filter(is_free).map(|pool| (pool, (n_cores - 1).to_string())).collect()
}

impl Worker {
    /// Starts `program worker`; none for the program that is running.
    pub fn start(program: Option<&Path>) -> Result<Self, Trouble> {
        let program = program.map_or_else(own_program, |program| Ok(program.to_owned()))?;
        let failed = |error: &std::io::Error| {
            Trouble::new(
                "worker-start",
                say!(
                    "the worker process could not be started: {error}",
                    "无法启动工作进程：{error}"
                ),
            )
            .advice(say!(
                "If Pyrograph was updated or moved, start it again.",
                "如果 Pyrograph 已更新或移动，请重新启动。"
            ))
            .path(&program)
        };
        let mut child = Command::new(&program)
            .arg("worker")
            .envs(threads_of_worker())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error))?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (sender, news) = mpsc::channel();
        let last_lines = Arc::new(Mutex::new(VecDeque::new()));
        let mut worker = Self {
            child,
            stdin,
            news,
            last_lines: Arc::clone(&last_lines),
            words: None,
            is_lost: false,
        };
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(Trouble::internal("a worker process without pipes"));
        };
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|error| failed(&error))
        };
        spawn("worker-news", Box::new(move || forward(BufReader::new(stdout), &sender)))?;
        let words = spawn(
            "worker-words",
            Box::new(move || keep_last_lines(BufReader::new(stderr), &last_lines)),
        )?;
        worker.words = Some(words);
        Ok(worker)
    }

    /// Tells the worker something. A worker that is gone is reported by [`Self::poll`], not here.
    pub fn tell(&mut self, message: &ToWorker) {
        if let Some(stdin) = &mut self.stdin
            && let Err(error) = frames::write(stdin, message)
        {
            tracing::debug!(%error, "the worker does not listen");
            self.stdin = None;
        }
    }

    /// What came since the last call; never waits.
    pub fn poll(&mut self) -> Option<News> {
        if self.is_lost {
            return None;
        }
        match self.news.try_recv() {
            Ok(pipe) => Some(self.news_of(pipe)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(self.news_of(Pipe::Ended(None))),
        }
    }

    /// The next news, waiting up to `timeout`.
    pub fn wait(&mut self, timeout: Duration) -> Option<News> {
        if self.is_lost {
            return None;
        }
        match self.news.recv_timeout(timeout) {
            Ok(pipe) => Some(self.news_of(pipe)),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(self.news_of(Pipe::Ended(None))),
        }
    }

    /// Whether the process is gone and this handle is of no more use.
    pub fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Number of the process in the operating system.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process at once; [`Self::poll`] then tells its loss.
    pub fn kill(&mut self) {
        // It fails only where the process has ended by itself.
        let _ = self.child.kill();
    }

    fn news_of(&mut self, pipe: Pipe) -> News {
        match pipe {
            Pipe::Said(FromWorker::Ready { version }) if version != VERSION => {
                self.kill();
                self.is_lost = true;
                let own = VERSION;
                News::Lost(
                    Trouble::new(
                        "worker-version",
                        say!("the worker has version {version}", "工作进程的版本是 {version}"),
                    )
                    .expected(say!("version {own}, like the window", "与窗口相同的版本 {own}"))
                    .advice(say!(
                        "Pyrograph was updated; save and start it again.",
                        "Pyrograph 已更新；请保存后重新启动。"
                    )),
                )
            }
            Pipe::Said(said) => News::Said(said),
            Pipe::Ended(error) => {
                self.is_lost = true;
                News::Lost(self.death(error))
            }
        }
    }

    /// Why the process is gone, as far as can be known.
    fn death(&mut self, error: Option<String>) -> Trouble {
        let status = self.end();
        let deadline = Instant::now() + LAST_WORDS;
        while self.words.as_ref().is_some_and(|words| !words.is_finished())
            && Instant::now() < deadline
        {
            thread::sleep(Duration::from_millis(1));
        }
        let mut reasons = Vec::new();
        if let Some(status) = status {
            reasons.push(status.to_string());
        }
        reasons.extend(error);
        let lines = self.last_lines.lock().unwrap_or_else(PoisonError::into_inner);
        let said = lines
            .iter()
            .rev()
            .map(|line| line.trim())
            .find(|line| !line.is_empty() && !line.starts_with("note:"));
        reasons.extend(said.map(str::to_owned));
        let reason = reasons.join("; ");
        Trouble::new("worker-lost", say!("the worker process ended before the job did: {reason}", "工作进程在任务完成前结束：{reason}"))
            .advice(say!(
                "Your work is safe. Run again: what was done is kept, and a training goes on from its last checkpoint. If it \
                 ends again, memory may be short: use smaller batches, or another device.",
                "您的工作没有丢失。请再次运行：已完成的结果会保留，训练会从最近的检查点继续。如果再次出现，可能是内存不足：请减小批大小，或换用其他设备。"
            ))
    }

    fn end(&mut self) -> Option<ExitStatus> {
        self.stdin = None;
        let deadline = Instant::now() + END_WITHIN;
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(5)),
                Ok(status) => return status,
                Err(_) => return None,
            }
        }
        self.kill();
        self.child.wait().ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
        // Without this the dead process would stay in the table of processes.
        let _ = self.child.wait();
    }
}

fn forward(mut pipe: BufReader<impl std::io::Read>, news: &Sender<Pipe>) {
    loop {
        let message = match frames::read(&mut pipe) {
            Ok(Some(said)) => Pipe::Said(said),
            Ok(None) => Pipe::Ended(None),
            Err(error) => Pipe::Ended(Some(error.to_string())),
        };
        let is_end = matches!(message, Pipe::Ended(_));
        if news.send(message).is_err() || is_end {
            return;
        }
    }
}

fn keep_last_lines(pipe: BufReader<impl std::io::Read>, kept: &Mutex<VecDeque<String>>) {
    for line in pipe.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        tracing::debug!(target: "worker", "{line}");
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == N_LAST_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}

fn own_program() -> Result<PathBuf, Trouble> {
    std::env::current_exe().map_err(|error| {
        Trouble::new(
            "worker-start",
            say!("the program cannot find itself: {error}", "程序找不到自身：{error}"),
        )
    })
}
