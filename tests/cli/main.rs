//! Drives the real binary, each time in an empty folder.
#![allow(clippy::unwrap_used)] // also in the helpers of tests

mod ask;
mod browser;
mod common;
mod drills;
mod embed;
mod errors;
mod eval;
mod extremes;
mod files;
mod given;
mod inputs;
mod interrupt;
mod log;
mod manual;
mod map;
mod map_page;
mod paths;
mod phrases;
mod plot;
mod queries;
mod readme;
mod repl;
mod report;
mod reproducible;
mod resume;
mod sample;
mod sources;
mod tables;
mod talk;
mod things;
mod vocabulary;
