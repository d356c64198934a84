//! Many directions at once where the processor multiplies bytes: products of bytes find the rows that may
//! be answers, and these are measured as everywhere.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::scan::{EPSILON, Space, Target};
use super::top::{Hit, Top};
use crate::error::Result;
use crate::kernels::{Directions, PANEL, Panel, TILE};

/// Panels that a thread takes at once.
const TAKEN: usize = 16;
/// More than the rounding of a score that is a product of cosines.
const ROUNDING: f32 = 1e-5;

/// As `Space::scan`, with the same answers; `None` where this processor or these targets are not made for it.
pub(super) fn scan(space: &Space, targets: &[Target], top: usize) -> Result<Option<Vec<Vec<Hit>>>> {
    let dim = space.embeddings.dim();
    let alike = targets
        .windows(2)
        .all(|two| two[0].is_single() == two[1].is_single());
    if !alike || top == 0 || Panel::new(space.kernel, dim).is_none() {
        return Ok(None);
    }
    let (each, places) = place(targets);
    let directions = Directions::new(dim, each.into_iter());
    let next = AtomicUsize::new(0);
    let search = Search {
        space,
        targets,
        directions: &directions,
        places: &places,
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

/// All directions, and where those of each target begin: the up to 6 of one are in one tile, with empty ones
/// between where it takes them.
fn place(targets: &[Target]) -> (Vec<&[f32]>, Vec<usize>) {
    let (mut all, mut places) = (Vec::<&[f32]>::new(), Vec::new());
    for target in targets {
        let least = target.directions.len().min(TILE);
        let share = (least..TILE).find(|share| TILE.is_multiple_of(*share));
        let start = all.len().next_multiple_of(share.unwrap_or(TILE));
        all.resize(start, &[]);
        all.extend(target.directions.iter().map(Vec::as_slice));
        places.push(start);
    }
    (all, places)
}

struct Search<'a> {
    space: &'a Space<'a>,
    targets: &'a [Target],
    directions: &'a Directions,
    /// The first direction of each target.
    places: &'a [usize],
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
                match self.targets.iter().all(Target::is_single) {
                    true => self.meet(&panel, first, &mut tops),
                    false => self.meet_products(&panel, first, &mut tops),
                }
            }
        }
    }

    fn fill(&self, panel: &mut Panel, first: usize, end: usize) -> Result<()> {
        let embeddings = self.space.embeddings;
        let (view, norms) = (embeddings.view(), &self.space.norms);
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
        let (view, norms) = (self.space.embeddings.view(), &self.space.norms);
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

    /// As `meet`, where results are multiplied: the bounds of the cosines bound the score.
    fn meet_products(&self, panel: &Panel, first: usize, tops: &mut [Top]) {
        let (view, norms) = (self.space.embeddings.view(), &self.space.norms);
        let (mut products, mut there) = ([[0.0; PANEL]; TILE], usize::MAX);
        for ((target, &place), top) in self.targets.iter().zip(self.places).zip(tops) {
            let (mut near, mut far) = ([1.0 + ROUNDING; PANEL], [1.0; PANEL]);
            for i in 0..target.directions.len() {
                let tile = (place + i) / TILE;
                if tile != there {
                    panel.products(self.directions, tile, &mut products);
                    there = tile;
                }
                let margin = panel.margin(self.directions, place + i) + self.space.slack();
                let products = &products[(place + i) % TILE];
                match i < target.near().unwrap_or(0) {
                    true => multiply(&mut near, products, margin),
                    false => multiply(&mut far, products, -margin),
                }
            }
            let floor = top.floor();
            let may = |(near, far): (&f32, &f32)| *near >= floor * (far + EPSILON);
            if !near
                .iter()
                .zip(&far)
                .fold(false, |any, both| any | may(both))
            {
                continue;
            }
            for at in (0..PANEL).filter(|&at| may((&near[at], &far[at]))) {
                let (id, row) = (first + at, view.row(first + at).floats());
                self.space.offer(target, (id as u32, &row, norms[id]), top);
            }
        }
    }
}

/// Multiplies each of `all` with its cosine, `margin` above `products`, moved to 0..1.
fn multiply(all: &mut [f32; PANEL], products: &[f32; PANEL], margin: f32) {
    for (x, product) in all.iter_mut().zip(products) {
        // Comparisons, unlike `clamp` and `max`, are one instruction for many numbers.
        let cosine = product + margin;
        let cosine = if cosine > 1.0 { 1.0 } else { cosine };
        let cosine = if cosine < -1.0 { -1.0 } else { cosine };
        *x *= (1.0 + cosine) / 2.0;
    }
}
