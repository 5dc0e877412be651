mod artifacts;
mod experiments;
mod runs;
