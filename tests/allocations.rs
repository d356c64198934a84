//! Training allocates nothing after its workers have warmed up: more epochs, no more allocations.
#![allow(unsafe_code, clippy::unwrap_used)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use w2v::corpus::Corpus;
use w2v::train::{Objective, TrainOptions, Vectors, train};
use w2v::vocab::Vocab;

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of a run of `epochs`.
fn allocations(corpus: &Corpus, objective: Objective, epochs: usize) -> usize {
    let options = TrainOptions {
        objective,
        epochs,
        threads: 2,
        // What follows the training allocates as its own iteration needs.
        vectors: Vectors::Input,
        ..TrainOptions::default()
    };
    let config = options.validate().unwrap();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let trained = train(&config, corpus, &mut |_| ControlFlow::Continue(())).unwrap();
    let after = ALLOCATIONS.load(Ordering::Relaxed);
    drop(trained);
    after - before
}

#[test]
fn more_epochs_allocate_no_more() {
    let words = (0..500).map(|i| (format!("w{i}"), 1_000 - i));
    let vocab = Vocab::from_counts(words, 1, None);
    let line = |l: u32| (0..40).map(|i| (l * 31 + i * i) % 500).collect::<Vec<_>>();
    let corpus = Corpus::from_sentences(vocab, (0..3_000).map(line));
    for objective in [Objective::SkipGram, Objective::Cbow] {
        allocations(&corpus, objective, 1);
        let (few, many) = (
            allocations(&corpus, objective, 1),
            allocations(&corpus, objective, 12),
        );
        // The loss is kept for each epoch, in vectors that are made once whatever their length.
        assert!(
            many <= few + 2,
            "{few} allocations for 1 epoch, {many} for 12"
        );
    }
}
