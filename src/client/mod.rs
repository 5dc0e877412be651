//! Requests to a workspace: transport, credentials, retries, limits, paging.
