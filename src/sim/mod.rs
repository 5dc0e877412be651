//! A simulated Databricks workspace: in memory, over HTTP or in process.
