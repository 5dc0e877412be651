//! The journal of an apply: JSON lines, each on disk before what follows it happens.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;

use serde_json::Value;
use tokio::sync::oneshot;

use super::durable;
use super::error::{Doing as _, StoreError};
use super::{format, shape};
use crate::model::{Digest, JOURNAL_FORMAT, Record};

/// How many records one forced write takes at most.
const BATCH: usize = 1024;

/// An open journal. Callers that append at the same time share one forced write.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    queue: Option<mpsc::Sender<Waiting>>,
    writer: Option<JoinHandle<()>>,
}

/// A record that waits for being on disk, and who waits for it.
struct Waiting {
    line: Vec<u8>,
    done: oneshot::Sender<Result<(), String>>,
}

impl Journal {
    /// Begins the journal of a plan.
    ///
    /// # Errors
    ///
    /// [`StoreError::JournalExists`] where the plan was applied, or begun, before; [`StoreError::Io`]
    /// where the system refuses.
    pub fn create(path: &Path, plan: &Digest) -> Result<Self, StoreError> {
        let file = match OpenOptions::new().read(true).write(true).create_new(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(StoreError::JournalExists { file: path.to_owned() });
            }
            result => result.doing("create", path)?,
        };
        lock(&file, path)?;
        Self::begin(file, path, plan)
    }

    /// Opens the journal of a plan that was begun, and gives the records after the first line.
    ///
    /// A last line that was cut off never took effect and is removed.
    ///
    /// # Errors
    ///
    /// [`StoreError::OtherPlan`] where the journal is of another plan, [`StoreError::NewerFormat`],
    /// [`StoreError::Field`] with the line that is no record, and [`StoreError::Locked`] while another
    /// apply writes it.
    pub fn open_for_resume(path: &Path, plan: &Digest) -> Result<(Self, Vec<Record>), StoreError> {
        let mut file = OpenOptions::new().read(true).write(true).open(path).doing("open", path)?;
        lock(&file, path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).doing("read", path)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let records = parse(&bytes[..whole], path, plan)?;
        file.set_len(whole as u64).doing("write", path)?;
        file.seek(SeekFrom::End(0)).doing("write", path)?;
        match records {
            Some(records) => {
                file.sync_all().doing("write", path)?;
                Ok((Self::start(file, path)?, records))
            }
            // The first line never got to the disk, so nothing was done.
            None => Ok((Self::begin(file, path, plan)?, Vec::new())),
        }
    }

    /// Reads the records of a plan's journal after the first line, and changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Journal::open_for_resume`].
    pub fn read(path: &Path, plan: &Digest) -> Result<Vec<Record>, StoreError> {
        let mut file = File::open(path).doing("open", path)?;
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(path)),
            Err(TryLockError::Error(source)) => return Err(source).doing("lock", path),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).doing("read", path)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        Ok(parse(&bytes[..whole], path, plan)?.unwrap_or_default())
    }

    /// Appends a record and returns when it would survive a power cut.
    ///
    /// # Errors
    ///
    /// [`StoreError::JournalBroken`] where it could not be written; every later record fails as well.
    pub async fn append(&self, record: &Record) -> Result<(), StoreError> {
        let broken = |reason: String| StoreError::JournalBroken { file: self.path.clone(), reason };
        let (done, answer) = oneshot::channel();
        let waiting =
            Waiting { line: line(record).map_err(|error| broken(error.to_string()))?, done };
        let gone = || broken("its writer ended".to_owned());
        self.queue.as_ref().ok_or_else(gone)?.send(waiting).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?.map_err(broken)
    }

    fn begin(mut file: File, path: &Path, plan: &Digest) -> Result<Self, StoreError> {
        let opened = Record::Opened { format: JOURNAL_FORMAT.to_owned(), plan: plan.clone() };
        let write = |file: &mut File| {
            file.write_all(&line(&opened)?)?;
            file.sync_all()?;
            match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                Some(parent) => durable::sync_directory(parent),
                None => durable::sync_directory(Path::new(".")),
            }
        };
        write(&mut file).doing("write", path)?;
        Self::start(file, path)
    }

    fn start(file: File, path: &Path) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new().name("journal".to_owned());
        let writer = thread.spawn(move || keep_writing(file, &waiting)).doing("write", path)?;
        Ok(Self { path: path.to_owned(), queue: Some(queue), writer: Some(writer) })
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// Writes what waits, as much as there is at a time, until nobody can append any more.
fn keep_writing(mut file: File, queue: &mpsc::Receiver<Waiting>) {
    let mut broken: Option<String> = None;
    while let Ok(first) = queue.recv() {
        let batch: Vec<Waiting> =
            std::iter::once(first).chain(queue.try_iter().take(BATCH - 1)).collect();
        if broken.is_none() {
            let lines: Vec<u8> = batch.iter().flat_map(|waiting| &waiting.line).copied().collect();
            let written = file.write_all(&lines).and_then(|()| file.sync_data());
            broken = written.err().map(|error| error.to_string());
        }
        for waiting in batch {
            // Who does not wait any more need not know.
            let _ = waiting.done.send(broken.clone().map_or(Ok(()), Err));
        }
    }
}

fn line(record: &Record) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    Ok(line)
}

fn in_use(path: &Path) -> StoreError {
    StoreError::Locked { path: path.to_owned(), holder: "another apply".to_owned() }
}

fn lock(file: &File, path: &Path) -> Result<(), StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(in_use(path)),
        Err(TryLockError::Error(source)) => Err(source).doing("lock", path),
    }
}

/// Reads whole lines; `None` where there is not even the first.
fn parse(bytes: &[u8], path: &Path, plan: &Digest) -> Result<Option<Vec<Record>>, StoreError> {
    let refuse = |number: usize, problem: String| StoreError::Field {
        file: path.to_owned(),
        line: Some(number),
        field: String::new(),
        problem,
        hint: "restore the journal from a copy, or move it away and make a new plan".to_owned(),
    };
    let mut records = Vec::new();
    let lines = bytes.strip_suffix(b"\n").filter(|lines| !lines.is_empty()).unwrap_or(bytes);
    if lines.is_empty() {
        return Ok(None);
    }
    for (index, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        if index == 0
            && let Ok(value) = serde_json::from_slice::<Value>(line)
            && let Some(found) = value.get("format").and_then(Value::as_str)
        {
            format::check(path, "journal", found, JOURNAL_FORMAT)?;
        }
        let record: Record = serde_json::from_slice(line).map_err(|error| {
            let problem = if error.is_data() {
                shape::problem(&error)
            } else {
                "the line is not valid JSON".to_owned()
            };
            refuse(number, format!("the line is no record of a journal: {problem}"))
        })?;
        match (index, record) {
            (0, Record::Opened { plan: found, .. }) if found == *plan => {}
            (0, Record::Opened { plan: found, .. }) => {
                return Err(StoreError::OtherPlan {
                    file: path.to_owned(),
                    found: found.short().to_owned(),
                    wanted: plan.short().to_owned(),
                });
            }
            (0, _) => {
                return Err(refuse(number, "the file does not begin as a journal does".to_owned()));
            }
            (_, Record::Opened { .. }) => {
                return Err(refuse(number, "a second journal begins here".to_owned()));
            }
            (_, record) => records.push(record),
        }
    }
    Ok(Some(records))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Outcome, digest_bytes};
    use std::fs;
    use std::sync::Arc;

    fn started(step: u32) -> Record {
        Record::Started { step, namesakes: Some(0) }
    }

    fn ended(step: u32) -> Record {
        Record::Ended { step, outcome: Outcome::Done, message: String::new(), object: None }
    }

    fn plan() -> Digest {
        digest_bytes(b"plan")
    }

    /// A journal with two records, and where it stands.
    async fn journal() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.journal");
        let journal = Journal::create(&path, &plan()).unwrap();
        journal.append(&started(1)).await.unwrap();
        journal.append(&ended(1)).await.unwrap();
        (dir, path)
    }

    #[tokio::test]
    async fn records_are_on_disk_when_append_returns() {
        let (_dir, path) = journal().await;
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(text.starts_with(r#"{"record":"opened","format":"1.1","plan":"sha256:"#), "{text}");
        let (resumed, records) = Journal::open_for_resume(&path, &plan()).unwrap();
        assert_eq!(records, [started(1), ended(1)]);
        resumed.append(&Record::Closed).await.unwrap();
        assert!(fs::read_to_string(&path).unwrap().ends_with("{\"record\":\"closed\"}\n"));
        assert!(matches!(Journal::open_for_resume(&path, &plan()), Err(StoreError::Locked { .. })));
        drop(resumed);
        assert!(matches!(Journal::create(&path, &plan()), Err(StoreError::JournalExists { .. })));
    }

    #[tokio::test]
    async fn a_journal_cut_anywhere_is_resumed_with_its_whole_lines() {
        let (_dir, path) = journal().await;
        let bytes = fs::read(&path).unwrap();
        for end in 0..=bytes.len() {
            fs::write(&path, &bytes[..end]).unwrap();
            let (resumed, records) = Journal::open_for_resume(&path, &plan()).unwrap();
            let whole = bytes[..end].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(records.len(), whole.saturating_sub(1), "cut at {end}");
            resumed.append(&started(9)).await.unwrap();
            drop(resumed);
            let (_, records) = Journal::open_for_resume(&path, &plan()).unwrap();
            assert_eq!(records.last(), Some(&started(9)), "cut at {end}");
        }
    }

    #[tokio::test]
    async fn what_is_no_journal_of_this_plan_is_refused() {
        let (_dir, path) = journal().await;
        let text = fs::read_to_string(&path).unwrap();
        for (broken, wanted) in [
            (text.replace(plan().hex(), digest_bytes(b"other").hex()), "is the journal of plan"),
            (text.replace("1.1", "1.2"), "journal format 1.2"),
            (text.replace("\"step\":1,\"namesakes\"", "\"stop\":1,\"namesakes\""), "line 2"),
            (text.replace("\"started\"", "\"hunter2\""), "line 2"),
            (
                text.replacen("}\n", "}\ngarbage\n", 1),
                "line 2: the line is no record of a journal: the line is not valid",
            ),
            (text.replacen("}\n", "}\n\n", 1), "line 2"),
            (
                text.lines().skip(1).map(|line| format!("{line}\n")).collect(),
                "line 1: the file does not begin",
            ),
            (format!("{text}{text}"), "line 4: a second journal begins here"),
            ("\n".to_owned(), "line 1"),
        ] {
            assert_ne!(broken, text, "{wanted}");
            fs::write(&path, &broken).unwrap();
            let refusal = Journal::open_for_resume(&path, &plan()).unwrap_err().to_string();
            assert!(refusal.contains(wanted) && refusal.contains("plan.journal"), "{refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
            assert_eq!(
                fs::read_to_string(&path).unwrap(),
                broken,
                "a refused journal is left as it is"
            );
        }
    }

    #[tokio::test]
    async fn a_journal_is_read_as_it_is() {
        let (_dir, path) = journal().await;
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(b"{\"record\":\"sta");
        fs::write(&path, &bytes).unwrap();
        assert_eq!(Journal::read(&path, &plan()).unwrap(), [started(1), ended(1)]);
        assert_eq!(fs::read(&path).unwrap(), bytes);
        let other = Journal::read(&path, &digest_bytes(b"other"));
        assert!(matches!(other, Err(StoreError::OtherPlan { .. })));
        let open = Journal::open_for_resume(&path, &plan()).unwrap();
        assert!(matches!(Journal::read(&path, &plan()), Err(StoreError::Locked { .. })));
        drop(open);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_callers_share_a_write() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let journal = Arc::new(Journal::create(&path, &plan()).unwrap());
        let tasks: Vec<_> = (1..=500)
            .map(|step| {
                let journal = Arc::clone(&journal);
                tokio::spawn(async move {
                    journal.append(&started(step)).await.unwrap();
                    journal.append(&ended(step)).await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        drop(journal);
        let (_, records) = Journal::open_for_resume(&path, &plan()).unwrap();
        assert_eq!(records.len(), 1000);
        for step in 1..=500 {
            let at = |wanted: &Record| records.iter().position(|record| record == wanted).unwrap();
            assert!(at(&started(step)) < at(&ended(step)));
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_breaks_the_journal_for_good() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let journal = Journal::start(full, Path::new("plan.journal")).unwrap();
        for step in 1..3 {
            let refusal = journal.append(&started(step)).await.unwrap_err();
            assert!(matches!(refusal, StoreError::JournalBroken { .. }), "{refusal}");
            assert!(refusal.to_string().contains("No space left"), "{refusal}");
        }
    }
}
