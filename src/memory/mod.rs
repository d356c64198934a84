//! Memory that others share: Hogwild rows, mapped files, aligned buffers on huge pages.
//!
//! May use `kernels`; one of the two rooms with unsafe code.
#![allow(unsafe_code)]

mod mapped;

pub use mapped::MappedFile;
