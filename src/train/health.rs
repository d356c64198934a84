//! Whether the numbers of a run are sane.

use rayon::prelude::*;

use super::options::TrainConfig;
use super::worker::{Loss, Run};
use super::{SHARE, mean};
use crate::error::{Result, TrainError};
use crate::memory::SharedMatrix;

/// Pairs that a judgement needs: the mean of fewer says little.
const PAIRS: u64 = 1_000;

/// A mean loss so many times that of knowing nothing is insane. Ten is far off: text that repeats itself
/// drives logits beyond where their exponentials are cut off, and is learnt well nevertheless; a run that
/// diverges passes any such number within a second.
const FACTOR: f64 = 10.0;

/// No sane float of a row is larger.
const LARGEST: f32 = 1e6;

/// Floats of each matrix that are looked at ten times a second, about.
const LOOKED_AT: usize = 1 << 16;

/// Judges a run while it is under way.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Loss that is not judged yet.
    waiting: Loss,
    /// The row at hand.
    row: Vec<f32>,
}

impl Health {
    /// Judges what was seen since the last look.
    ///
    /// # Errors
    /// [`TrainError::Diverged`].
    pub(super) fn look(&mut self, run: &Run<'_>, epoch: usize, since: Loss) -> Result<()> {
        self.waiting.0 += since.0;
        self.waiting.1 += since.1;
        check(run.config, epoch, self.waiting)?;
        if self.waiting.1 >= PAIRS {
            self.waiting = (0.0, 0);
        }
        let rows = (LOOKED_AT / run.input.dim()).clamp(1, run.input.rows());
        let step = (run.input.rows() / rows).max(1);
        for matrix in [&run.input, &run.output] {
            let ids = 0..matrix.rows() as u32;
            let insane = ids
                .step_by(step)
                .find_map(|id| insane(matrix, id, &mut self.row));
            refuse(run.config, epoch, insane)?;
        }
        Ok(())
    }
}

/// Judges a run that has come to its end.
///
/// # Errors
/// [`TrainError::Diverged`].
pub(super) fn check_end(
    config: &TrainConfig,
    loss: &[Loss],
    matrices: [&SharedMatrix; 2],
) -> Result<()> {
    for (epoch, loss) in loss.iter().enumerate() {
        check(config, epoch + 1, *loss)?;
    }
    for matrix in matrices {
        let ids = (0..matrix.rows() as u32).into_par_iter();
        let ids = ids.with_min_len(SHARE);
        let found = ids.map_init(Vec::new, |row, id| insane(matrix, id, row));
        refuse(config, loss.len(), found.find_map_first(|insane| insane))?;
    }
    Ok(())
}

/// Every pair's loss is positive; a sum far below 0 tells of logits so large that their exponentials
/// were cut off.
fn check(config: &TrainConfig, epoch: usize, loss: Loss) -> Result<()> {
    let blind = (1 + config.options().negatives) as f64 * std::f64::consts::LN_2;
    let most = FACTOR * blind;
    let sane = mean(loss).abs() <= most;
    if sane || loss.0.is_finite() && loss.1 < PAIRS {
        return Ok(());
    }
    Err(TrainError::Diverged {
        epoch,
        found: format!("mean loss {:.1}, expected at most {blind:.1}", mean(loss)),
        lr: config.options().lr,
    }
    .into())
}

/// The first insane float of row `id`, which is read into `row`.
fn insane(matrix: &SharedMatrix, id: u32, row: &mut Vec<f32>) -> Option<(f32, u32)> {
    row.resize(matrix.dim(), 0.0);
    matrix.read_row(id, row);
    let insane = |x: &&f32| !x.is_finite() || x.abs() > LARGEST;
    row.iter().find(insane).map(|x| (*x, id))
}

/// Refuses a run where a float and its row are found.
fn refuse(config: &TrainConfig, epoch: usize, insane: Option<(f32, u32)>) -> Result<()> {
    let Some((x, id)) = insane else {
        return Ok(());
    };
    Err(TrainError::Diverged {
        epoch,
        found: format!("{x} in vector {id}"),
        lr: config.options().lr,
    }
    .into())
}
