//! The tables and the client's requests agree with calls that nobody here wrote.

/// What the witness says: calls, types, and ways to walk them.
mod facts;
/// Tables with one mistake each, all of which are noticed.
mod mistakes;
/// Fields that are right although the witness does not say so.
mod pardon;
/// Whether calls and answers that are spelled out by hand are known to the witness.
mod sources;
/// Whether a kind's table agrees with the witness.
mod table;
/// Whether what is sent agrees with the witness.
mod traffic;

/// Whether only other clients of the vendor make this call than the SDK for Python: they send large files so, and
/// ask for addresses of runs' files; `tests/conformance/test_mlflow_storage.py` holds the latter against MLflow's.
fn is_of_another_client(path: &str) -> bool {
    const CALLS: [&str; 3] = [
        "/api/2.0/workspace-files/import-file/",
        "/api/2.0/mlflow/artifacts/credentials-for-read",
        "/api/2.0/mlflow/artifacts/credentials-for-write",
    ];
    CALLS.iter().any(|call| path.starts_with(call))
}
