mod artifacts;
mod experiments;
mod registry;
mod runs;
