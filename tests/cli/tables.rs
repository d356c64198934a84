//! Tables and events.

use w2v::embeddings::Embeddings;

use super::common::Folder;

/// Two kinds of rows: what is small, red and cheap, and what is large, blue and dear.
fn table() -> String {
    let mut text = String::from("label,size,colour,price,same\n");
    for i in 0..300 {
        let price = 10 + i % 40;
        match i % 2 {
            0 => text.push_str(&format!("x,small,red,{price},s\n")),
            _ => text.push_str(&format!("y,large,\"blue, dark\",{},s\n", price + 100)),
        }
    }
    text
}

const TRAIN: &str =
    "train t.csv --input table --except label --bins 4 --dim 4 --threads 1 -o m.w2v";

#[test]
fn rows_teach_what_goes_together() {
    let folder = Folder::new();
    folder.write("t.csv", table());
    let said = folder.w2v(TRAIN).ok().stderr;
    assert!(
        said.contains("table of 300 rows; 3 columns of categories, 1 of numbers in bins: price\n"),
        "{said}"
    );
    assert!(
        said.contains("left out, since all rows are alike there: same\n"),
        "{said}"
    );
    let model = folder.open("m.w2v");
    let mut words: Vec<&str> = (0..model.len() as u32).map(|id| model.word(id)).collect();
    words.sort_unstable();
    assert_eq!(words.len(), 8, "{words:?}");
    assert_eq!(
        [words[0], words[1], words[6], words[7]],
        [
            "colour=blue, dark",
            "colour=red",
            "size=large",
            "size=small"
        ]
    );
    let cosine = |a: &str, b: &str| {
        let found = folder.w2v_one(&format!("similarity -m m.w2v {a}"), b).ok();
        found.stdout.trim().parse::<f64>().unwrap()
    };
    assert!(cosine("size=small", "colour=red") > cosine("size=small", "colour=blue, dark") + 0.3);
    // The same table through a pipe, compressed or not, gives the same vectors.
    let first = folder.read("m.w2v");
    let piped = folder
        .w2v_with(&TRAIN.replace("t.csv", "-"), table().as_bytes())
        .ok();
    assert!(piped.stderr.contains("table of 300 rows"), "{piped:?}");
    assert!(folder.read("m.w2v") == first, "other bytes");
}

/// One cell that is no number leaves the others theirs.
#[test]
fn a_table_with_nan_becomes_a_model_that_transforms_it() {
    let folder = Folder::new();
    let rows: String = (0..1000).map(|i| format!("{i},{}\n", i / 500)).collect();
    folder.write("t.csv", format!("x,label\n{rows}-nan,1\ninf,1\n"));
    folder
        .w2v("train t.csv --input table --dim 2 --epochs 1 -q")
        .ok();
    let done = folder.w2v("transform t.csv -o out.csv").ok();
    assert_eq!(done.stderr, "");
    let model = folder.open("vectors.w2v");
    assert!(model.id("x=?").is_some() && model.id("x=100..200").is_some());
}

/// What is taught in one line is asked for in one line.
#[test]
fn line_ends_in_cells_and_names_are_blanks() {
    let folder = Folder::new();
    let rows = "\"x\ny\",1,s\n\"x\ny\",2,s\nz,1,s\nz,2,s\n";
    folder.write("t.csv", format!("\"a\r\nb\",c,\"d\ne\"\n{rows}"));
    let said = folder
        .w2v("train t.csv --input table --dim 2 --epochs 1")
        .ok()
        .stderr;
    assert!(
        said.contains("left out, since all rows are alike there: d e\n"),
        "{said}"
    );
    let model = folder.open("vectors.w2v");
    let done = folder.w2v("transform t.csv").ok();
    assert_eq!(done.stderr, "");
    let expected = [row(&model, "a  b=x y"), row(&model, "c=1")].concat();
    let line = done
        .stdout
        .lines()
        .find(|line| line.starts_with(&expected[0]));
    assert!(line.unwrap().starts_with(&expected.join(",")), "{done:?}");
    folder.write("new.csv", "\"a\r\nb\",c\n\"p\nq\",1\n");
    let done = folder.w2v("transform new.csv").ok();
    assert_eq!(
        done.stderr,
        "note: 1 of 1 cells of a  b are not in the model (a  b=p q...) and got the column's mean\n"
    );
    assert!(!done.stdout.contains("\n0,0"), "{done:?}");
}

/// A category that the model does not have, a number that is missing, and a column of no account.
const NEW: &str = "colour\tprice\textra\tsize\nred\t12\t\"a\tb\"\tsmall\ngreen\t\tc\tsmall\n";

/// A word's vector as it is written.
fn row(model: &Embeddings, word: &str) -> Vec<String> {
    let id = model.id(word).unwrap();
    model.row(id).iter().map(f32::to_string).collect()
}

#[test]
fn a_table_is_written_with_vectors() {
    let folder = Folder::new();
    folder.write("t.csv", table());
    folder.w2v(TRAIN).ok();
    let model = folder.open("m.w2v");
    folder.write("new.tsv", NEW);
    let done = folder
        .w2v("transform new.tsv -m m.w2v -o out.csv --keep")
        .ok();
    let note = |column: &str, category: &str| {
        format!(
            "note: 1 of 2 cells of {column} are not in the model ({category}...) and got the column's mean\n"
        )
    };
    assert_eq!(
        done.stderr,
        note("colour", "colour=green") + &note("price", "price=?")
    );
    let text = String::from_utf8(folder.read("out.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "colour,colour_0,colour_1,colour_2,colour_3,price,price_0,price_1,price_2,price_3,extra,\
         size,size_0,size_1,size_2,size_3"
    );
    let cheap = (0..model.len() as u32)
        .map(|id| model.word(id))
        .find(|word| word.starts_with("price=.."));
    let cells = [
        vec!["red".to_owned()],
        row(&model, "colour=red"),
        vec!["12".to_owned()],
        row(&model, cheap.unwrap()),
        vec!["a\tb".to_owned(), "small".to_owned()],
        row(&model, "size=small"),
    ];
    assert_eq!(lines[1], cells.concat().join(","));
    // Both colours are as frequent: their mean is halfway.
    let halfway = |at: usize| {
        let of = |word: &str| model.row(model.id(word).unwrap())[at];
        (f64::from(of("colour=red")) + f64::from(of("colour=blue, dark"))) / 2.0
    };
    let second: Vec<&str> = lines[2].split(',').collect();
    for at in 0..4 {
        let mean: f64 = second[1 + at].parse().unwrap();
        assert!((mean - halfway(at)).abs() < 1e-6, "{lines:?}");
    }
}

/// Cells that stay keep their blanks and bytes; a row of more cells than there are columns is no row.
#[test]
fn what_stays_is_untouched_and_nothing_is_dropped() {
    let folder = Folder::new();
    folder.write("t.csv", table());
    folder.w2v(TRAIN).ok();
    folder.write(
        "new.csv",
        b"size,colour,price,note\nsmall, red ,12,\"  sp \xff \"\n",
    );
    folder
        .w2v("transform new.csv -m m.w2v --keep -o out.csv")
        .ok();
    let out = folder.read("out.csv");
    let holds = |cell: &[u8]| out.windows(cell.len()).any(|found| found == cell);
    assert!(holds(b", red ,") && holds(b",  sp \xff \n"), "{out:?}");

    let wide = "size,colour,price\nsmall,red,12\nWashington, DC,red,13\n";
    folder.write("wide.csv", wide);
    let message = |problem: &str| {
        format!(
            "error: wide.csv, line 3: {problem}; correct it, or leave such records out with \
             --skip-bad-lines"
        )
    };
    let refused = message("4 columns, expected 3 (a comma in a cell without quotes?)");
    for arguments in [
        "transform wide.csv -m m.w2v -o wide.npy",
        "train wide.csv --input table -o wide.w2v",
        "train wide.csv --input events --user size --item colour --time price -o wide.w2v",
        "vocab wide.csv --column colour",
    ] {
        folder.w2v(arguments).fails(1, &refused);
    }
    let left = folder
        .w2v("transform wide.csv -m m.w2v -o wide.npy --skip-bad-lines")
        .ok();
    assert_eq!(
        left.stderr,
        "note: left out 1 rows with too few or too many columns\n"
    );
    folder.write("wide.csv", wide.replace(',', "\t").replace("12", "12\t"));
    let refused = refused
        .replace("line 3", "line 2")
        .replace("a comma", "a tab");
    folder
        .w2v("vocab wide.csv --column colour")
        .fails(1, &refused);
}

#[test]
fn a_table_becomes_an_array() {
    let folder = Folder::new();
    folder.write("t.csv", table());
    folder.w2v(TRAIN).ok();
    let model = folder.open("m.w2v");
    folder.write("new.tsv", NEW);
    folder
        .w2v("transform new.tsv -m m.w2v -o out.npy --quiet")
        .ok();
    let bytes = folder.read("out.npy");
    assert!(bytes.windows(16).any(|w| w == b"'shape': (2, 12)"));
    let floats: Vec<String> = bytes[bytes.len() - 96..]
        .chunks(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()).to_string())
        .collect();
    assert_eq!(floats[..4], row(&model, "colour=red"));
    assert_eq!(floats[8..12], row(&model, "size=small"));
    let piped = folder
        .w2v_with("transform - -m m.w2v --format tsv -q", NEW.as_bytes())
        .ok();
    assert!(piped.stdout.starts_with("colour_0\tcolour_1"), "{piped:?}");
}

#[test]
fn tables_that_cannot_be_used_are_told() {
    let folder = Folder::new();
    folder.write("t.csv", table());
    folder.write("empty.csv", "a,b\n");
    folder.write("same.csv", "a,b\n1,x\n1,x\n");
    folder.write("single.csv", "a,b\n1,x\n1,y\n");
    folder.write("short.csv", "size,colour\nsmall\n");
    folder.w2v(TRAIN).ok();
    folder.write("text.txt", "a b\nb a\n");
    folder
        .w2v("train text.txt --min-count 1 --epochs 1 --subsample 0 -q -o text.w2v")
        .ok();
    let shape = "name columns of a table with a header line and rows below it";
    for (arguments, message) in [
        (
            "train t.csv --input table --columns size,width",
            "t.csv, line 1: no column \"width\"; the columns are: label, size, colour, price, same"
                .to_owned(),
        ),
        (
            "train empty.csv --input table",
            format!("empty.csv: no row below the header; {shape}"),
        ),
        (
            "train same.csv --input table",
            format!("same.csv: each column has one value only (a, b); {shape}"),
        ),
        (
            "train single.csv --input table",
            format!(
                "single.csv: only one column has more than one value (b), so no two categories stand together in a row; {shape}"
            ),
        ),
        (
            "transform t.csv -m text.w2v",
            "the model is of no table; train one with `w2v train TABLE --input table`".to_owned(),
        ),
        (
            "transform same.csv -m m.w2v -o out.csv",
            "same.csv, line 1: no column \"size\"; the columns are: a, b".to_owned(),
        ),
    ] {
        folder.w2v(arguments).fails(1, &format!("error: {message}"));
    }
    folder
        .w2v("transform t.csv -m m.w2v --keep -o out.npy")
        .fails(
            2,
            "error: --keep: an array of numbers cannot hold categories; write .csv or .tsv",
        );
    let files = "empty.csv m.w2v same.csv short.csv single.csv t.csv text.txt text.w2v";
    assert_eq!(folder.files().join(" "), files);
}

/// Sessions of two kinds, their events in any order; the table is larger than the memory it is sorted in.
#[test]
fn events_are_sorted_out_of_memory() {
    let mut text = String::from("user,item,time\n");
    for i in 0_u32..150_000 {
        // Every user's events lie far apart, and backwards.
        let (user, step) = (i % 3_000, 50 - i / 3_000);
        let side = if user % 2 == 0 { "left" } else { "right" };
        text.push_str(&format!("user number {user},{side} {},{step}\n", step % 7));
    }
    let folder = Folder::new();
    folder.write("log.csv", text);
    let train = "train log.csv --input events --user user --item item --time time --threads 1 --dim 8 --epochs 1";
    let said = folder.w2v(train).ok().stderr;
    assert!(
        said.contains("150,000 tokens in 3,000 lines, 14 distinct words"),
        "{said}"
    );
    let first = folder.read("vectors.w2v");
    folder.w2v(&format!("{train} --memory 16M")).ok();
    assert!(folder.read("vectors.w2v") == first, "other bytes");
    let found = folder
        .w2v_one("recommend --top 6 --format tsv", "left 3")
        .ok();
    assert_eq!(found.stdout.matches("\tleft ").count(), 6, "{found:?}");
    assert_eq!(folder.files(), ["log.csv", "vectors.w2v"]);
}

#[test]
fn events_that_are_none_are_told() {
    let folder = Folder::new();
    folder.write("log.csv", "user,item,time\na,x,1\n");
    let train = "train log.csv --input events --user user --item item";
    assert_eq!(folder.w2v(train).code, 2);
    folder.w2v(&format!("{train} --time when")).fails(
        1,
        "error: log.csv, line 1: no column \"when\"; the columns are: user, item, time",
    );
}

/// No two columns of one name, whichever of them comes first.
#[test]
fn columns_that_have_the_names_of_vectors_are_told() {
    let folder = Folder::new();
    let rows = "1,x,y\n2,y,x\n".repeat(9);
    folder.write("t.csv", format!("a_0,a,b\n{rows}"));
    folder.write("more.csv", format!("b,a,b_1\n{}", "x,y,1\n".repeat(3)));
    let train = "train t.csv --input table --columns a,b --dim 2 -o m.w2v -q";
    folder.w2v(train).ok();
    for (table, column, name) in [("t.csv", "a_0", "a"), ("more.csv", "b_1", "b")] {
        folder.w2v(&format!("transform {table} -m m.w2v -q")).fails(
            1,
            &format!(
                "error: the table has a column {column:?}, and the vectors of {name:?} need that name; \
                 rename the column, or write .npy, which has no names"
            ),
        );
    }
    folder.w2v("transform t.csv -m m.w2v -q -o out.npy").ok();
}

/// Options that would do nothing are refused, each with where it belongs.
#[test]
fn options_of_another_kind_are_refused() {
    let folder = Folder::new();
    folder.write("t.csv", table());
    for (kind, option, name, goes) in [
        ("graph", "--tokenizer whitespace", "tokenizer", "text"),
        ("baskets", "--lowercase", "lowercase", "text"),
        ("table", "--phrases 2", "phrases", "text"),
        ("sequence", "--strip-html", "strip-html", "text"),
        (
            "events --user a --item b --time c",
            "--stopwords en",
            "stopwords",
            "text",
        ),
        ("text", "--p 2", "p", "graph"),
        ("baskets", "--walk-length 5", "walk-length", "graph"),
        ("graph", "--bins 5", "bins", "table"),
        ("text", "--user a", "user", "events"),
        ("table", "--column a", "column", "text, baskets, sequence"),
        (
            "graph",
            "--min-count 2",
            "min-count",
            "text, baskets, sequence, events, table",
        ),
    ] {
        let refused = folder.w2v(&format!("train t.csv --input {kind} {option}"));
        let kind = kind.split(' ').next().unwrap();
        let message = format!(
            "error: --{name} does nothing with --input {kind}; it goes with --input {goes}\n"
        );
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.starts_with(&message), "{refused:?}");
    }
    assert_eq!(folder.files(), ["t.csv"]);
}
