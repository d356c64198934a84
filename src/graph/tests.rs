use super::weights::Weight;
use super::{Graph, GraphBuilder, TOGETHER, WalkOptions, Walks};
use crate::error::Result;

fn graph(text: &str, directed: bool) -> Graph {
    read(text, directed).unwrap()
}

fn read(text: &str, directed: bool) -> Result<Graph> {
    let mut builder = GraphBuilder::new(directed);
    builder.read("edges", text.as_bytes())?;
    builder.finish()
}

/// Bits of a simple generator (Knuth's MMIX), its high half.
fn bits() -> impl FnMut() -> u32 {
    let mut state = 1_u64;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    }
}

/// A single walk.
fn walk(
    graph: &Graph,
    start: u32,
    options: &WalkOptions,
    bits: &mut impl FnMut() -> u32,
) -> Vec<u32> {
    let mut walks = Walks::new(*options);
    walks.walk(graph, [start].into_iter(), bits);
    assert_eq!(walks.len(), 1);
    walks.get(0).to_vec()
}

fn names(graph: &Graph, node: &str) -> Vec<String> {
    let id = graph.nodes().id(node).unwrap();
    let mut names: Vec<String> = graph
        .neighbors(id)
        .iter()
        .map(|id| graph.nodes().word(*id).to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn edge_lists_are_read() {
    let text = "# a comment\na b\n\n% another\nb\tc d\na,a\nalone\r\n";
    let both = graph(text, false);
    assert_eq!(names(&both, "b"), ["a", "c d"]);
    assert_eq!(names(&both, "c d"), ["b"]);
    assert_eq!(names(&both, "alone"), Vec::<String>::new());
    assert_eq!(
        (both.arcs(), both.loops(), both.bytes()),
        (4, 1, 4 * 8 + 4 * 4)
    );
    let one_way = graph(text, true);
    assert_eq!(names(&one_way, "c d"), Vec::<String>::new());
    assert_eq!(one_way.arcs(), 2);
}

#[test]
fn bad_lines_are_named() {
    for (text, message) in [
        (
            "a b -1\n",
            "edges, line 1: the weight is \"-1\", not a number above 0; write two nodes a line, and a weight if there is one",
        ),
        (
            "a b\na c nan\n",
            "edges, line 2: the weight is \"nan\", not a number above 0; write two nodes a line, and a weight if there is one",
        ),
        (
            "a b 1 2\n",
            "edges, line 1: found more than three fields; write two nodes a line, and a weight if there is one",
        ),
        (
            "a,,2\n",
            "edges, line 1: found a node without a name; write two nodes a line, and a weight if there is one",
        ),
        (
            "a\nb\nc c\n",
            "edges: no edge between two nodes; write two nodes a line, and a weight if there is one",
        ),
    ] {
        let error = read(text, false).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn steps_go_by_weight() {
    let graph = graph("hub x 1\nhub y 3\n", false);
    let hub = graph.nodes().id("hub").unwrap();
    let y = graph.nodes().id("y").unwrap();
    let mut bits = bits();
    let options = WalkOptions {
        length: 2,
        ..WalkOptions::default()
    };
    let mut seen = 0;
    for _ in 0..40_000 {
        let walk = walk(&graph, hub, &options, &mut bits);
        seen += u32::from(walk[1] == y);
    }
    // 30,000 expected, 87 the standard deviation.
    assert!((29_500..30_500).contains(&seen), "{seen}");
}

/// From `t` to `v`: back to `t` with weight 1/p, to `x` (a neighbour of `t`) with 1, to `z` with 1/q.
#[test]
fn the_second_order_follows_p_and_q() {
    let graph = graph("t v\nt x\nv x\nv z\n", false);
    let id = |name: &str| graph.nodes().id(name).unwrap();
    let options = WalkOptions {
        length: 3,
        p: 0.5,
        q: 4.0,
        ..WalkOptions::default()
    };
    let mut bits = bits();
    let mut seen = [0_f64; 3];
    for _ in 0..100_000 {
        let walk = walk(&graph, id("t"), &options, &mut bits);
        if walk[1] == id("v") {
            let at = ["t", "x", "z"]
                .iter()
                .position(|n| id(n) == walk[2])
                .unwrap();
            seen[at] += 1.0;
        }
    }
    let total: f64 = seen.iter().sum();
    for (found, expected) in seen.iter().zip([2.0, 1.0, 0.25]) {
        assert!((found / total - expected / 3.25).abs() < 0.01, "{seen:?}");
    }
}

#[test]
fn walks_end_where_no_way_leads_on() {
    let graph = graph("a b\nb c\n", true);
    let mut bits = bits();
    let start = graph.nodes().id("a").unwrap();
    let walk = walk(&graph, start, &WalkOptions::default(), &mut bits);
    let names: Vec<&str> = walk.iter().map(|id| graph.nodes().word(*id)).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

/// Two bytes hold a weight to 0.2 %, whatever its size.
#[test]
fn weights_are_kept_to_three_digits() {
    for weight in [1.0, 3.0, 1e-30, 0.1, 12_345.678, 1e30, f32::MAX, 1e-45] {
        let kept = Weight::new(weight).value();
        // Below the normal numbers there is a last step.
        let allowed = weight * 0.002 + 1e-40;
        assert!(
            kept > 0.0 && (kept - weight).abs() <= allowed,
            "{weight} {kept}"
        );
    }
}

/// A node of 300 neighbours, whose arcs are summed up in blocks; the weight of neighbour `i` is `i + 1`.
#[test]
fn many_neighbors_are_met_by_weight() {
    let lines = (0..300).map(|i| format!("hub n{i} {}\n", i + 1));
    let graph = graph(&lines.collect::<String>(), false);
    let hub = graph.nodes().id("hub").unwrap();
    let mut bits = bits();
    let options = WalkOptions {
        length: 2,
        ..WalkOptions::default()
    };
    // Chi square of 10 groups of 30: below 27.9 but once in a thousand.
    let mut seen = [0.0_f64; 10];
    let steps = 100_000;
    for _ in 0..steps {
        let walk = walk(&graph, hub, &options, &mut bits);
        let name = graph.nodes().word(walk[1]);
        seen[name[1..].parse::<usize>().unwrap() / 30] += 1.0;
    }
    let total = f64::from(300 * 301 / 2);
    let expected = |group: usize| {
        let weights = (group * 30 + 1..=group * 30 + 30).sum::<usize>();
        weights as f64 / total * f64::from(steps)
    };
    let chi: f64 = (0..10)
        .map(|g| (seen[g] - expected(g)).powi(2) / expected(g))
        .sum();
    assert!(chi < 27.9, "{chi} {seen:?}");
    // 12 bytes an edge, 8 a node, and 4 for each block of the hub.
    assert_eq!(graph.bytes(), 300 * 12 + 301 * 8 + 5 * 4 + 4);
}

/// Both ways on are unlikely, back and away alike: the walk goes on, and by the weights.
#[test]
fn small_biases_do_not_stop_a_walk() {
    let graph = graph("t v 1\nv z 3\n", false);
    let id = |name: &str| graph.nodes().id(name).unwrap();
    let options = WalkOptions {
        length: 3,
        p: 1e6,
        q: 1e6,
        ..WalkOptions::default()
    };
    let mut bits = bits();
    let mut away = 0;
    for _ in 0..10_000 {
        let walk = walk(&graph, id("t"), &options, &mut bits);
        away += u32::from(walk[2] == id("z"));
    }
    // 7,500 expected, 43 the standard deviation.
    assert!((7_300..7_700).contains(&away), "{away}");
}

/// Walks that end early, among others: each keeps its place and goes along arcs, and none is lost.
#[test]
fn walks_in_turn_keep_apart() {
    let ring = (0..40).map(|i| format!("r{i} r{}\n", (i + 1) % 40));
    let text = ring.collect::<String>() + "r7 end\nr9 far\nfar end\n";
    let graph = graph(&text, true);
    let nodes = graph.nodes().len() as u32;
    for (p, q) in [(1.0, 1.0), (0.5, 2.0)] {
        let length = 30;
        let options = WalkOptions {
            length,
            p,
            q,
            ..WalkOptions::default()
        };
        let (mut bits, mut walks) = (bits(), Walks::new(options));
        let mut early = 0;
        let mut starts = (0..nodes).cycle().take(1_000);
        for first in (0..1_000).step_by(TOGETHER) {
            walks.walk(&graph, &mut starts, &mut bits);
            assert_eq!(walks.len(), TOGETHER.min(1_000 - first));
            for at in 0..walks.len() {
                let walk = walks.get(at);
                assert_eq!(walk[0], (first + at) as u32 % nodes);
                for step in walk.windows(2) {
                    assert!(graph.neighbors(step[0]).contains(&step[1]), "{walk:?}");
                }
                let last = graph.neighbors(walk[walk.len() - 1]);
                assert!(walk.len() == length || last.is_empty(), "{walk:?}");
                early += usize::from(walk.len() < length);
            }
        }
        assert!((200..900).contains(&early), "{early}");
        walks.walk(&graph, std::iter::empty(), &mut bits);
        assert!(walks.is_empty());
    }
}
