//! Where the rows of a matrix lie.

use std::hint;

/// Where the rows of a shared matrix lie, or a worker's own copies of the first of them.
///
/// A value without references, so that a loop over many rows has all of it in registers. It says where, and lends nothing: whoever
/// follows a pointer answers for the memory being there still.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    shared: *mut f32,
    rows: usize,
    stride: usize,
    own: *mut f32,
    copied: usize,
}

impl Places {
    /// `rows` rows of `stride` floats each.
    ///
    /// # Safety
    /// All of them lie in one allocation, which begins at `shared`.
    pub(super) unsafe fn new(shared: *mut f32, rows: usize, stride: usize) -> Self {
        Self {
            shared,
            rows,
            stride,
            own: shared,
            copied: 0,
        }
    }

    /// The same, with the rows of `own` in place of the first ones.
    ///
    /// # Panics
    /// When there are more of them than rows, or they are of another length.
    pub(super) fn with_first(self, own: Self) -> Self {
        assert!(own.rows <= self.rows && own.stride == self.stride);
        Self {
            own: own.shared,
            copied: own.rows,
            ..self
        }
    }

    /// Where row `row` begins.
    ///
    /// # Panics
    /// When there is no such row.
    #[inline]
    pub(super) fn row(self, row: u32) -> *mut f32 {
        let row = row as usize;
        if row >= self.rows {
            missing(row, self.rows);
        }
        // Words come in no order that a branch could foresee.
        let first = hint::select_unpredictable(row < self.copied, self.own, self.shared);
        // SAFETY: `row` is below `rows`, or even below `copied` where the rows are `own`: by the promise made to `new`
        // it begins in the allocation that begins at `first`.
        unsafe { first.add(row * self.stride) }
    }
}

/// Out of the loop, which then has no need of `row`'s address.
#[cold]
fn missing(row: usize, rows: usize) -> ! {
    panic!("row {row} of {rows}");
}

#[cfg(test)]
mod tests {
    use crate::memory::SharedMatrix;

    #[test]
    fn the_first_rows_are_a_workers_own() {
        let [shared, own] = [5, 2].map(|rows| SharedMatrix::zeroed(rows, 3).unwrap());
        let places = shared.places().with_first(own.places());
        for row in 0..5 {
            let of = if row < 2 { &own } else { &shared };
            assert_eq!(places.row(row), of.row_ptr(row), "{row}");
        }
        let missing = std::panic::catch_unwind(|| places.row(5));
        assert_eq!(
            missing.unwrap_err().downcast_ref::<String>().unwrap(),
            "row 5 of 5"
        );
    }
}
