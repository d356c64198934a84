//! Random walks alone, without training.
//!
//!     cargo bench --bench walks -- EDGES [P Q [WALKS]]
//!
//! EDGES is an edge list; walks of 80 nodes begin at every node, on all cores. Prints the walks a second.
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::hint::black_box;
use std::io::BufReader;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use w2v::graph::{Graph, GraphBuilder, WalkOptions, Walks};

/// Nodes that a thread takes at once.
const AT_ONCE: u32 = 256;

fn main() {
    // `cargo bench` and `cargo test --benches` add options of their own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let number = |at: usize| arguments.get(at).map(|text| text.parse::<f64>().unwrap());
    let options = WalkOptions {
        p: number(1).unwrap_or(1.0),
        q: number(2).unwrap_or(1.0),
        walks: number(3).unwrap_or(10.0) as usize,
        ..WalkOptions::default()
    };
    let mut builder = GraphBuilder::new(false);
    match arguments.first() {
        Some(path) => builder.read(path, BufReader::new(File::open(path).unwrap())),
        None => builder.read("a ring", ring().as_bytes()),
    }
    .unwrap();
    let began = Instant::now();
    let graph = builder.finish().unwrap();
    let nodes = graph.nodes().len() as u32;
    println!(
        "{nodes} nodes, {} arcs, built in {:.2} s",
        graph.arcs(),
        began.elapsed().as_secs_f64()
    );
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    walk(&graph, options, threads);
    let (walks, took) = (
        nodes as usize * options.walks,
        began.elapsed().as_secs_f64(),
    );
    println!(
        "{walks} walks by {threads} threads in {took:.3} s: {:.0} walks/s",
        walks as f64 / took
    );
}

/// Walks from all nodes with `threads` threads.
fn walk(graph: &Graph, options: WalkOptions, threads: usize) {
    let (next, nodes) = (AtomicU32::new(0), graph.nodes().len() as u32);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let next = &next;
            scope.spawn(move || {
                let mut random = Xoshiro256PlusPlus::seed_from_u64(thread as u64);
                let mut walks = Walks::new(options);
                loop {
                    let first = next.fetch_add(AT_ONCE, Ordering::Relaxed);
                    if first >= nodes {
                        return;
                    }
                    let some = first..(first + AT_ONCE).min(nodes);
                    let mut starts = some.clone().cycle().take(some.len() * options.walks);
                    loop {
                        let mut bits = || (random.next_u64() >> 32) as u32;
                        walks.walk(graph, &mut starts, &mut bits);
                        if walks.is_empty() {
                            break;
                        }
                        black_box(&walks);
                    }
                }
            });
        }
    });
}

/// A small graph, for a run without arguments.
fn ring() -> String {
    (0..1000)
        .map(|i| format!("{i} {}\n", (i + 1) % 1000))
        .collect()
}
