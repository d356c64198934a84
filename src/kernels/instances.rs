//! The steps of one instruction set, with code of their own for sizes that are met often.

/// The instance of `$of` for numbers of outputs and dims that are met often, `$other` for all else.
macro_rules! by_size {
    ($of:ident, $size:expr, $other:expr) => {
        match $size {
            (6, 100) => $of::<6, 100>,
            (6, 200) => $of::<6, 200>,
            (6, 300) => $of::<6, 300>,
            (6, _) => $of::<6, 0>,
            (8, _) => $of::<8, 0>,
            (4, _) => $of::<4, 0>,
            _ => $other,
        }
    };
}
pub(super) use by_size;

/// Defines `skipgram` and `cbow`, which pick the step for a number of outputs and a dim, for `$lanes` and the
/// processor features it needs.
macro_rules! instances {
    ($lanes:ty, $features:literal) => {
        /// Skip-gram for `N` outputs and vectors of `D` floats (0 = any).
        ///
        /// # Safety
        /// As [`StepFn`]; `N` and `D` are 0 or the step's.
        #[target_feature(enable = $features)]
        unsafe fn skipgram_of<const N: usize, const D: usize>(step: &mut Step<'_>) {
            let dim = if D == 0 { step.dim } else { D };
            let columns = dim.div_ceil(<$lanes>::N);
            // SAFETY: `StepFn`'s promises; `skipgram` picks the instance by the numbers.
            unsafe { step::skipgram::<$lanes, N>(step, columns) }
        }

        /// CBOW, likewise, with the weights of places or without.
        ///
        /// # Safety
        /// As `skipgram_of`.
        #[target_feature(enable = $features)]
        unsafe fn cbow_of<const N: usize, const D: usize, const WEIGHTED: bool>(
            step: &mut Step<'_>,
        ) {
            let dim = if D == 0 { step.dim } else { D };
            let columns = dim.div_ceil(<$lanes>::N);
            // SAFETY: `StepFn`'s promises; `cbow` picks the instance by the numbers.
            unsafe { cbow::cbow::<$lanes, N, WEIGHTED>(step, columns) }
        }

        /// The instance for `outputs` rows of `dim` floats.
        pub(super) fn skipgram(outputs: usize, dim: usize) -> StepFn {
            super::instances::by_size!(skipgram_of, (outputs, dim), skipgram_of::<0, 0>)
        }

        /// The instance of CBOW for `outputs` rows of `dim` floats, with the weights of places or without.
        pub(super) fn cbow(outputs: usize, dim: usize, weighted: bool) -> StepFn {
            match (outputs, dim, weighted) {
                (6, 100, false) => cbow_of::<6, 100, false>,
                (6, 200, false) => cbow_of::<6, 200, false>,
                (6, 300, false) => cbow_of::<6, 300, false>,
                (6, _, false) => cbow_of::<6, 0, false>,
                (_, _, false) => cbow_of::<0, 0, false>,
                (6, _, true) => cbow_of::<6, 0, true>,
                (_, _, true) => cbow_of::<0, 0, true>,
            }
        }
    };
}
pub(super) use instances;
