//! Snapshots, plans and journals on disk.
