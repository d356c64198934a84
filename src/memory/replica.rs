//! A worker's own copies of the rows that all workers use all the time.

use super::places::Places;
use super::shared_matrix::SharedMatrix;
use crate::error::Result;
use crate::kernels::{Kernel, MergeFn};

/// Copies of the first rows of a shared matrix, for one worker.
///
/// The cache lines of a row that several cores update at every moment travel between them at every
/// update. A copy's stay where they are; what it learns is added to the shared row from time to time.
#[derive(Debug)]
pub(super) struct Replica {
    own: SharedMatrix,
    /// The rows as they were when they were last the same as the shared ones.
    taken: SharedMatrix,
    /// What part of its changes each row gives.
    shares: Vec<f32>,
    merge: MergeFn,
}

impl Replica {
    /// Of as many rows of `shared` as there are `shares`.
    ///
    /// # Errors
    /// When the system does not give the memory.
    ///
    /// # Panics
    /// When there are fewer rows than `shares`.
    pub(super) fn new(kernel: Kernel, shared: &SharedMatrix, shares: &[f32]) -> Result<Self> {
        let own = SharedMatrix::zeroed(shares.len(), shared.dim())?;
        let taken = SharedMatrix::zeroed(shares.len(), shared.dim())?;
        let mut row = vec![0.0; shared.dim()];
        for id in 0..shares.len() as u32 {
            shared.read_row(id, &mut row);
            own.write_row(id, &row);
            taken.write_row(id, &row);
        }
        Ok(Self {
            own,
            taken,
            shares: shares.to_vec(),
            merge: kernel.merge(),
        })
    }

    /// Where the copies lie, and the rows of `shared` that have none.
    ///
    /// # Panics
    /// When `shared` is not of the shape of the matrix that the copies are of.
    pub(super) fn places(&self, shared: &SharedMatrix) -> Places {
        shared.places().with_first(self.own.places())
    }

    /// Gives what the copies have learnt to the rows of `shared`, and takes what others have.
    ///
    /// # Panics
    /// When `shared` is not of the shape of the matrix that the copies are of.
    pub(super) fn merge(&self, shared: &SharedMatrix) {
        assert_eq!(shared.dim(), self.own.dim());
        for (id, share) in (0..).zip(&self.shares) {
            let rows = [&self.own, &self.taken, shared].map(|matrix| matrix.row_ptr(id));
            // SAFETY: `row_ptr` gave rows of one dim, padded to `LINE`, of three matrices, which never
            // share pages, stay borrowed during the call and are touched by others only
            // atomically; `merge` came from `Kernel`, which asked the processor.
            unsafe { (self.merge)(rows, shared.dim(), *share) }
        }
    }
}
