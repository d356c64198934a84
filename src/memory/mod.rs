//! Memory that others share: Hogwild rows, mapped files, aligned buffers on huge pages.
//!
//! May use `kernels`; one of the two rooms with unsafe code.
#![allow(unsafe_code)]

mod ahead;
mod allocator;
mod available;
mod bytes;
mod frozen;
mod mapped;
mod pages;
mod places;
mod replica;
mod shared_matrix;
mod signals;
mod stepper;
mod streams;
#[cfg(test)]
mod tests;

pub use ahead::{on_huge_pages, prefetch};
pub use allocator::Allocator;
pub use available::{available_bytes, give_back};
pub use bytes::le_bytes;
pub use frozen::RowSet;
pub use mapped::MappedFile;
pub use shared_matrix::SharedMatrix;
pub use signals::{Cut, take_requests, tell_faults};
pub use stepper::{Form, Stepper};
pub use streams::stdout_was_closed;
