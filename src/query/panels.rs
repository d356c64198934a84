//! Many directions at once where the processor multiplies bytes: products of bytes find the rows that may
//! be answers, and these are measured as everywhere.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::scan::{Space, Target};
use super::top::{Hit, Top};
use crate::error::Result;
use crate::kernels::{Directions, PANEL, Panel, TILE};

/// Panels that a thread takes at once.
const TAKEN: usize = 16;

/// As `Space::scan`, with the same answers; `None` where this processor or these targets are not made for it.
pub(super) fn scan(space: &Space, targets: &[Target], top: usize) -> Result<Option<Vec<Vec<Hit>>>> {
    let dim = space.embeddings.dim();
    let fits = targets.iter().all(Target::is_single) && Panel::new(space.kernel, dim).is_some();
    if !fits || top == 0 {
        return Ok(None);
    }
    let each = targets.iter().map(|target| target.directions[0].as_slice());
    let directions = Directions::new(dim, each);
    let next = AtomicUsize::new(0);
    let search = Search {
        space,
        targets,
        directions: &directions,
    };
    // A state a thread, and not a task: each has to find its own first answers.
    let found = rayon::broadcast(|_| search.work(&next, top));
    let mut all = vec![Top::new(top); targets.len()];
    for tops in found {
        let merged = all.into_iter().zip(tops?);
        all = merged.map(|(a, b)| a.merge(b)).collect();
    }
    Ok(Some(all.into_iter().map(Top::into_hits).collect()))
}

struct Search<'a> {
    space: &'a Space<'a>,
    targets: &'a [Target],
    directions: &'a Directions,
}

impl Search<'_> {
    /// Takes panels until there are no more.
    fn work(&self, next: &AtomicUsize, top: usize) -> Result<Vec<Top>> {
        let mut tops = vec![Top::new(top); self.targets.len()];
        let Some(mut panel) = Panel::new(self.space.kernel, self.space.embeddings.dim()) else {
            return Ok(tops);
        };
        loop {
            let start = next.fetch_add(TAKEN * PANEL, Ordering::Relaxed);
            let end = self.space.rows.min(start.saturating_add(TAKEN * PANEL));
            if start >= end {
                return Ok(tops);
            }
            for first in (start..end).step_by(PANEL) {
                self.fill(&mut panel, first, end.min(first + PANEL))?;
                self.meet(&panel, first, &mut tops);
            }
        }
    }

    fn fill(&self, panel: &mut Panel, first: usize, end: usize) -> Result<()> {
        let embeddings = self.space.embeddings;
        let (view, norms) = (embeddings.view(), embeddings.inverse_norms());
        panel.clear();
        for (at, &norm) in norms[first..end].iter().enumerate() {
            let id = first + at;
            if !view.is_intact(id) {
                embeddings.check_row(id as u32)?;
            }
            panel.set(at, &view.row(id).floats(), norm);
        }
        Ok(())
    }

    /// Offers the rows of `panel`, the first of which is `first`, that may be answers.
    fn meet(&self, panel: &Panel, first: usize, tops: &mut [Top]) {
        let (view, norms) = (
            self.space.embeddings.view(),
            self.space.embeddings.inverse_norms(),
        );
        let slack = self.space.slack();
        let tiles = self.targets.chunks(TILE).zip(tops.chunks_mut(TILE));
        for (tile, (targets, tops)) in tiles.enumerate() {
            let floors = std::array::from_fn(|i| match tops.get(i) {
                Some(top) => top.floor() - slack - panel.margin(self.directions, tile * TILE + i),
                None => f32::INFINITY,
            });
            let reached = panel.meet(self.directions, tile, &floors);
            for ((target, top), mut mask) in targets.iter().zip(tops).zip(reached) {
                while mask != 0 {
                    let id = first + mask.trailing_zeros() as usize;
                    mask &= mask - 1;
                    let row = view.row(id).floats();
                    self.space.offer(target, (id as u32, &row, norms[id]), top);
                }
            }
        }
    }
}
