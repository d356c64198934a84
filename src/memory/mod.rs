//! Memory that others share: Hogwild rows, mapped files, aligned buffers on huge pages.
//!
//! May use `kernels`; one of the two rooms with unsafe code.
#![allow(unsafe_code)]

mod available;
mod bytes;
mod frozen;
mod mapped;
mod pages;
mod replica;
mod shared_matrix;
mod stepper;
#[cfg(test)]
mod tests;

pub use available::available_bytes;
pub use bytes::le_bytes;
pub use frozen::RowSet;
pub use mapped::MappedFile;
pub use shared_matrix::SharedMatrix;
pub use stepper::{Form, Stepper};
