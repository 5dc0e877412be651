//! The program as people run it: in a home of its own, against simulated workspaces that are processes too.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The token of every workspace here; it may stand in no output and in no file that the program writes.
pub(crate) const TOKEN: &str = "dapi-canary#7f2c";

/// A small workspace with every kind that has a generator.
pub(crate) const SMALL: &str =
    "scale:users=4,groups=2,members=2,notebooks=6,folders=2,clusters=2,jobs=4,pools=1,policies=1";

/// The program, with nothing in its environment but a path and a home.
pub(crate) fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brickform"));
    command.env_clear().env("HOME", home).current_dir(home).stdin(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// A simulated workspace; it ends when it is dropped.
pub(crate) struct Sim {
    child: Child,
    url: String,
}

impl Sim {
    /// Serves on a free port.
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = program(Path::new("/"))
            .args(["sim", "--port", "0", "--token", TOKEN])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("http://127.0.0.1:"), "sim {args:?} is not ready: {url:?}");
        Self { child, url: url.trim().to_owned() }
    }

    /// A workspace that holds nothing, and is another one than that of the snapshot.
    pub(crate) fn empty() -> Self {
        Self::start(&["--workspace", "2"])
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn port(&self) -> &str {
        self.url.rsplit(':').next().unwrap()
    }

    /// Asks it to end and waits until it did.
    pub(crate) fn end(mut self) {
        signal(&self.child, "TERM");
        assert!(self.child.wait().unwrap().success());
    }

    /// Calls it without the program's client.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    /// Gives a cluster policy another name, as somebody in the workspace might.
    pub(crate) fn rename_policy(&self, from: &str, to: &str) {
        let held = self.call("GET", "/api/2.0/policies/clusters/list", &Value::Null);
        let policies = held["policies"].as_array().unwrap();
        let mut policy = policies.iter().find(|policy| policy["name"] == from).unwrap().clone();
        policy["name"] = to.into();
        let kept = ["policy_id", "name", "definition"];
        policy.as_object_mut().unwrap().retain(|field, _| kept.contains(&field.as_str()));
        self.call("POST", "/api/2.0/policies/clusters/edit", &policy);
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        // One that has ended is no trouble.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that a test started.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

/// A home directory to run the program in.
pub(crate) struct Shell {
    home: tempfile::TempDir,
    env: BTreeMap<String, String>,
}

impl Shell {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), env: BTreeMap::new() }
    }

    /// A shell signed in to a workspace.
    pub(crate) fn at(sim: &Sim) -> Self {
        Self::new().with("DATABRICKS_HOST", sim.url()).with("DATABRICKS_TOKEN", TOKEN)
    }

    /// A shell signed in to a workspace, in whose home `snapshot` is a snapshot of another one.
    pub(crate) fn with_snapshot(sim: &Sim) -> Self {
        let shell = Self::at(sim);
        shell.put_snapshot("snapshot");
        shell
    }

    /// Puts the snapshot of a small workspace into the home.
    pub(crate) fn put_snapshot(&self, name: &str) {
        for (file, bytes) in SNAPSHOT.iter() {
            let path = self.path(name).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces a text, which has to be there, in a file.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}:\n{text}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// The program with these arguments, not yet started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = program(self.home.path());
        command.envs(&self.env).args(args);
        command
    }

    /// The program, started and running.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs the program to its end; the token may be in no output.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        Ended::of(args, self.command(args).output().unwrap())
    }
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    said: String,
}

impl Ended {
    #[track_caller]
    pub(crate) fn of(args: &[&str], output: Output) -> Self {
        let out = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        let code = output.status.code();
        let said = format!(
            "brickform {}\n--- exit {code:?}\n--- stdout\n{out}--- stderr\n{err}",
            args.join(" ")
        );
        assert!(!said.contains(TOKEN), "the token is shown: {said}");
        assert!(!said.contains("panicked"), "{said}");
        Self { code, out, err, said }
    }

    /// Waits for a run that was started.
    #[track_caller]
    pub(crate) fn wait(args: &[&str], child: Child) -> Self {
        Self::of(args, child.wait_with_output().unwrap())
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.said);
        self
    }

    /// Standard output holds all of these.
    #[track_caller]
    pub(crate) fn prints(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.out.contains(part), "no {part:?} on stdout: {}", self.said);
        }
        self
    }

    /// Standard error holds all of these.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.err.contains(part), "no {part:?} on stderr: {}", self.said);
        }
        self
    }

    /// Nothing is on standard output.
    #[track_caller]
    pub(crate) fn prints_nothing(self) -> Self {
        assert!(self.out.is_empty(), "{}", self.said);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.said))
    }
}

/// The files of a snapshot of a small workspace, made once.
static SNAPSHOT: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(|| {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    shell.run(&["export", "-o", "snapshot"]).exits(0);
    let files = tree(&shell.path("snapshot"));
    files.into_iter().map(|(name, (_, bytes))| (name, bytes)).collect()
});

/// Every file of a tree by its path: when it was written, and its bytes.
pub(crate) fn tree(dir: &Path) -> BTreeMap<String, (std::time::SystemTime, Vec<u8>)> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let written = path.metadata().unwrap().modified().unwrap();
            let name = path.strip_prefix(dir).unwrap().display().to_string();
            files.insert(name, (written, fs::read(&path).unwrap()));
        }
    }
    files
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A file system with little room, gone when dropped.
pub(crate) struct TinyDisk(PathBuf);

impl TinyDisk {
    /// Mounts it, where the machine lets us.
    pub(crate) fn mount(dir: &Path, kilobytes: u32) -> Option<Self> {
        fs::create_dir_all(dir).unwrap();
        let size = format!("size={kilobytes}k");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(dir.to_owned()))
    }

    /// Fills it up, but for a few bytes.
    pub(crate) fn fill(&self, left: u64) {
        let filler = self.0.join("filler");
        // It ends when nothing more fits.
        let _ = fs::write(&filler, vec![0; 1 << 20]);
        let length = filler.metadata().unwrap().len();
        fs::File::options().write(true).open(&filler).unwrap().set_len(length - left).unwrap();
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
