//! Integration tests: one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at once")]

/// Applies: only the plan that was reviewed, only where it was made for, only over what it saw.
mod cli_apply;

/// What the last apply left: remembered here and in the target, used by plans, shown by drift.
mod cli_base;

/// Files of DBFS: what `--dbfs` takes along, and what a plan says of names that are left out.
mod cli_dbfs;

/// The whole story, as a newcomer sees it first.
mod cli_demo;

/// Exports as they stand on disk: quiet when repeated, whole or not at all, only where they belong.
mod cli_export;

/// Git credentials on the command line: where tokens come from, and that they stay out of sight.
mod cli_git;

/// Snapshots as git keeps them: revisions, and what happened to one object.
mod cli_history;

/// Applies that meet at one target: one works, the others wait or are refused.
mod cli_lock;

/// What the program prints, besides the result: colours, widths, logs, silence.
mod cli_output;

/// Parts of a workspace: what is left out is counted, and its absence proves nothing.
mod cli_parts;

/// Plans: the same twice, only reading, and refusing what was edited.
mod cli_plan;
mod cli_prune;

/// Commands that only look: none so much as tries to write.
mod cli_readonly;

/// Rehearsals: what is foretold happens, and what is not known is said.
mod cli_rehearse;

/// Applies that are interrupted, by anything and at any time, and go on.
mod cli_resume;

/// Runs that are taken back, and plans that turn out to be stale, on the command line.
mod cli_rollback;

/// Values of secrets on the command line: where they come from, and that they stay out of sight.
mod cli_secrets;

/// Selectors: what a command is about, what that pulls in, and what is left for later.
mod cli_select;

/// The program as people run it, and simulated workspaces as processes.
mod cli_shell;

/// What is shown of plans and snapshots: for people, for machines, for pull requests.
mod cli_show;

/// Whether and how a person is let in: profiles, the environment, tokens, addresses.
mod cli_sign_in;

/// The simulated workspace as a program: one line when ready, kept or not.
mod cli_sim;

/// Command lines that cannot be understood, and help on those that can.
mod cli_usage;

/// Verifying a workspace: equal, different, or not to be told.
mod cli_verify;

/// Many that want the lock of one target, in any order, with any trouble: never two have it.
mod contenders;

/// How many requests one more object costs.
mod counts;

/// The crash law: killed at any request, an apply resumes to the same end.
mod crash;

/// Files of DBFS: which are captured, in what pieces they travel, and what a cut leaves.
mod dbfs;

/// Commands and files that documents name exist.
mod documents;

/// The workflows of the examples, run step by step.
mod examples;

/// What is written from the code is what the code says now.
mod generated;

/// Git folders over real repositories.
mod git;

/// What holds for every kind, tried on every sample.
mod laws;

/// The lock on a target, and every trouble on the way to it.
mod lease;

/// The patience law: trouble on the way changes nothing at the end.
mod patience;

/// Everything that goes between a client and a workspace, kept.
mod recorder;
mod registry;

/// Brickform's own files in a workspace, whole or as they were.
mod remote;

/// Runs of MLflow: copied whole and once, whatever happens on the way.
mod run_files;
mod runs;

/// Files that brickform writes are as the schemas say, and wrong ones are refused by both.
mod schemas;

/// Rights on scopes of secrets, which are set one by one.
mod secret_rights;

/// Secrets: what a rotation, an edit and a missing value come to, and that nothing is lost on the way.
mod secrets;

/// The sessions that documents show, run again.
mod sessions;

/// Told to stop after any step, an apply ends cleanly and goes on to the same end.
mod stop;

/// The main job end to end: a workspace moves, and a second plan is empty.
mod story;

/// Large files and long metrics of runs pass through: no command ever holds one whole.
mod streams;

/// The house stays as it was built: floors, lists, sizes, words.
mod tidy;

/// Applies that are killed anywhere, or disturbed by the network and by people, at random.
mod torture;

/// The engine with a kind that was made up for it.
mod toy;

/// Taking runs back: after the undo the target is as it was.
mod undo;

/// The tables and the client's requests agree with calls that nobody here wrote.
mod witness;

/// Whole simulated workspaces, and what the laws do with them.
mod world;
