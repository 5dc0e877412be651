//! Selectors: which objects a command is about.
//!
//! ```text
//! selector = term { "&" term }                every term has to hold
//! term     = [ "!" ] [ "+" ] test [ "+" ]     "!": not; "+" before: with what it needs; after: with what needs it
//! test     = KIND                             every object of the kind        job
//!          | KIND ":" GLOB                    by address                      job:nightly-*
//!          | "tag." NAME "=" GLOB             by a tag of its spec            tag.team=data
//!          | "owner=" GLOB                    by owner or run-as identity     owner=user:ana@*
//!          | "of=" KIND ":" GLOB              a principal and what is theirs  of=group:data-eng
//!          | "path:" GLOB                     at or below a path of the tree  path:/Shared/etl
//!          | "action:" CHANGE                 by what a step does             action:create
//! GLOB     = text in which "*" stands for any characters but "/", "**" for any characters,
//!            "?" for one character but "/"; a backslash takes the meaning from the character after it
//! ```
//!
//! A name that holds `&`, `*`, `?` or a backslash, or ends with `+` or a blank, is written with a backslash
//! before that character. Printing and parsing are inverse.

mod glob;
mod parse;
mod print;
mod selectors;
mod term;

pub use glob::{Glob, Piece};
pub use parse::SelectorError;
pub use selectors::Selectors;
pub use term::{Selector, Term, Test};
