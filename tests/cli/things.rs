//! Items and graphs.

use super::common::Folder;

/// Two kinds of baskets; names with spaces between tabs, or in quotes.
fn baskets() -> String {
    let mut text = String::from("alone\n");
    for i in 0..200 {
        let [a, b, c] = [i % 5, (i / 5) % 5, (i / 2) % 5];
        text.push_str(&format!("Whole Milk\tfood {a}\tfood {b}\tfood {c}\n"));
        text.push_str(&format!("\"Nail Box\" tool-{a} tool-{b} tool-{c}\n"));
    }
    text
}

#[test]
fn baskets_keep_names_and_recommend_what_goes_together() {
    let folder = Folder::new();
    folder.write("b.txt", baskets());
    let train = "train b.txt --input baskets -q --threads 1 --dim 16 --lr 0.1";
    folder.w2v(train).ok();
    let found = folder
        .w2v_one("recommend --json --top 5 tool-1", "Nail Box")
        .ok();
    let answer: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let names: Vec<&str> = answer["neighbors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["word"].as_str().unwrap())
        .collect();
    assert!(
        names[..4]
            .iter()
            .all(|n| n.starts_with("tool-") && *n != "tool-1"),
        "{names:?}"
    );
    // Exactly as it is written.
    assert_eq!(folder.w2v_one("nearest", "Whole Milk").code, 0);
    assert_eq!(folder.w2v_one("nearest", "whole milk").code, 1);
    // Unknown items of a history are passed over; a history of none but unknown ones is refused.
    let batch = folder
        .w2v_with(
            "recommend --batch - --top 1",
            b"\"Nail Box\" unheard-of\nunheard-of\n",
        )
        .ok();
    assert!(batch.stdout.contains("tool-"), "{batch:?}");
    assert!(
        batch.stderr.contains("1 question had no answer"),
        "{batch:?}"
    );
    // Every item has a vector, that of a basket of one too.
    assert!(folder.open("vectors.w2v").id("alone").is_some());
    let first = folder.read("vectors.w2v");
    folder.w2v(train).ok();
    assert!(folder.read("vectors.w2v") == first, "other bytes");
    // What is typed counts before what suits baskets.
    let objective = |options: &str| {
        folder.w2v(&format!("{train} {options}")).ok();
        let model = folder.open("vectors.w2v");
        assert!(model.has_output());
        model.metadata().training["objective"].clone()
    };
    assert_eq!(objective(""), "cbow");
    assert_eq!(objective("--objective skipgram --window 9"), "skipgram");
}

/// Two cliques of eight, joined by an edge.
fn cliques() -> String {
    let mut text = String::from("# two cliques\n");
    for side in ["a", "b"] {
        for i in 0..8 {
            for j in 0..i {
                text.push_str(&format!("{side}{i}\t{side}{j}\n"));
            }
        }
    }
    text + "a0\tb0\na1\ta1\nhermit\n"
}

#[test]
fn graphs_are_walked_and_links_scored() {
    let folder = Folder::new();
    folder.write("edges.tsv", cliques());
    let train = "train edges.tsv --input graph --threads 1 --dim 16 --p 0.5 --q 2";
    let said = folder.w2v(train).ok().stderr;
    assert!(said.contains("17 nodes and 57 edges"), "{said}");
    assert!(
        said.contains("left out 1 edge of a node to itself"),
        "{said}"
    );
    let score = |pair: &str| -> f32 {
        let found = folder.w2v(&format!("link {pair} --json")).ok();
        let answer: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
        answer["similarity"].as_f64().unwrap() as f32
    };
    assert!(score("a3 a5") > score("a3 b5") + 0.2);
    assert!(score("b2 b7") > score("b2 a7") + 0.2);
    assert!(folder.open("vectors.w2v").id("hermit").is_some());
    let first = folder.read("vectors.w2v");
    folder.w2v(train).ok();
    assert!(folder.read("vectors.w2v") == first, "other bytes");
    folder
        .w2v(&train.replace("--threads 1", "--threads 2 --deterministic"))
        .ok();
    let again = folder.open("vectors.w2v");
    assert_eq!(again.metadata().training["input"], "graph");
    assert_eq!(again.metadata().training["p"], "0.5");
}

#[test]
fn bad_items_and_graphs_are_told() {
    let folder = Folder::new();
    folder.write("nan.tsv", "a b nan\n");
    folder.write("comma.txt", "a b 2\nb c 1,5\n");
    folder.write("huge.csv", "a,b,1e39\n");
    folder.write("alone.tsv", "a\nb\nc c\n");
    folder.write("few.txt", "a\nb\nc\n");
    let shape = "; write two nodes a line, and a weight if there is one";
    let graph = |name: &str| folder.w2v(&format!("train {name} --input graph -q"));
    graph("nan.tsv").fails(
        1,
        &format!("error: nan.tsv, line 1: the weight is \"nan\", not a number above 0{shape}"),
    );
    graph("comma.txt").fails(
        1,
        &format!(
            "error: comma.txt, line 2: the weight is \"1,5\", but commas part fields: write 1.5{shape}"
        ),
    );
    graph("huge.csv").fails(
        1,
        &format!(
            "error: huge.csv, line 1: the weight is \"1e39\", not within 1e-45 to 3.4028235e38{shape}"
        ),
    );
    graph("alone.tsv").fails(
        1,
        &format!("error: alone.tsv: no edge between two nodes{shape}"),
    );
    graph("few.txt --p nan").fails(2, "error: --p must be 0.000001 to 1000000, found NaN");
    graph("few.txt --walk-length 1").fails(2, "error: --walk-length must be 2 to 1000, found 1");
    // Baskets of one item have no pair.
    assert_eq!(folder.w2v("train few.txt --input baskets -q").code, 1);
    assert_eq!(
        folder.files(),
        ["alone.tsv", "comma.txt", "few.txt", "huge.csv", "nan.tsv"]
    );
}

/// Edges from several files, compressed or not, and from a folder, are one graph.
#[test]
fn edges_come_from_several_files() {
    let folder = Folder::new();
    let all = cliques();
    let (first, second) = all.split_at(all.find("b5").unwrap());
    folder.write("all.tsv", &all);
    std::fs::create_dir(folder.path("parts")).unwrap();
    folder.write("parts/1.tsv", first);
    // One gzip member, made with flate2.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, second.as_bytes()).unwrap();
    folder.write("parts/2.tsv.gz", packed.finish().unwrap());
    let train = |inputs: &str| {
        folder
            .w2v(&format!(
                "train {inputs} --input graph --threads 1 --dim 8 -q"
            ))
            .ok();
        folder.read("vectors.w2v")
    };
    let whole = train("all.tsv");
    assert!(train("parts") == whole, "a folder gives other bytes");
    assert!(
        train("parts/1.tsv parts/2.tsv.gz") == whole,
        "files give other bytes"
    );
    let cut = folder.read("parts/2.tsv.gz");
    folder.write("cut.gz", &cut[..cut.len() - 9]);
    let failed = folder.w2v("train cut.gz --input graph -q");
    assert!(
        failed
            .stderr
            .starts_with("error: cut.gz: gzip data are cut or damaged"),
        "{failed:?}"
    );
}

/// Weights decide where walks lead: of two neighbours the heavy one is met, and becomes like the node.
#[test]
fn weights_and_ways_count() {
    let folder = Folder::new();
    let mut text = String::new();
    for i in 0..6 {
        for j in 0..i {
            text.push_str(&format!(
                "a{i},a{j},1000\nb{i},b{j},1000\na{i},b{j},1\nb{i},a{j},1\n"
            ));
        }
    }
    folder.write("w.csv", text);
    let train = "train w.csv --input graph --threads 1 --dim 16";
    let said = folder.w2v(train).ok().stderr;
    // 60 edges of 12 bytes, 12 nodes of 8.
    assert!(
        said.contains("12 nodes and 60 edges, 816 B in memory"),
        "{said}"
    );
    let near = folder.w2v("nearest a3 --top 5 --format tsv").ok();
    assert_eq!(near.stdout.matches("\ta").count(), 5, "{near:?}");
    let said = folder.w2v(&format!("{train} --directed")).ok().stderr;
    assert!(
        said.contains("12 nodes and 60 edges, 456 B in memory"),
        "{said}"
    );
}

/// Every node by itself: there is nothing to learn, and nothing to walk.
#[test]
fn graphs_of_single_nodes_are_refused() {
    let folder = Folder::new();
    folder.write("pairs.tsv", "a b\nc d\ne f\n");
    // More threads than six rows have room for.
    let train = "train pairs.tsv --input graph -q --dim 4 --threads 4";
    folder.w2v(train).ok();
    // Directed edges into nodes without a way on are walks of two.
    folder.w2v(&format!("{train} --directed")).ok();
    folder.write("loops.tsv", "a a\nb b\n");
    folder.w2v("train loops.tsv --input graph -q").fails(
        1,
        "error: loops.tsv: no edge between two nodes; write two nodes a line, and a weight if there is one",
    );
    folder.write("negative.tsv", "a\tb\t-2\n");
    folder.w2v("train negative.tsv --input graph -q").fails(
        1,
        "error: negative.tsv, line 1: the weight is \"-2\", not a number above 0; write two nodes a line, and a weight if there is one",
    );
}
