//! Columns of tables, and events.

use std::io::Read;
use std::sync::Arc;

use super::columns::{Column, Kind};
use super::records::Place;
use super::runs::Sorter;
use super::table::Rows;
use super::{
    EventOptions, Input, Learnt, SourceCounters, SourceOptions, TableOptions, TextFormat,
    TextOptions, TokenizerKind, events, learn_columns,
};

/// A folder with these tables in it.
fn tables(texts: &[&str]) -> (tempfile::TempDir, Vec<Input>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(at, text): (usize, &&str)| {
        let path = folder.path().join(format!("t{at}.csv"));
        std::fs::write(&path, text).unwrap();
        Input::Path(path)
    };
    let inputs = texts.iter().enumerate().map(write).collect();
    (folder, inputs)
}

fn learn(texts: &[&str], options: &TableOptions) -> Result<Learnt, String> {
    let (_folder, inputs) = tables(texts);
    let sources = SourceOptions::default();
    let learnt = learn_columns(&inputs, &sources, options, &mut |_| true);
    learnt.map_err(|error| {
        let text = error.to_string();
        let name = inputs[0].to_string();
        text.replace(&name, "t0.csv")
    })
}

fn categories(column: &Column, cells: &[&str]) -> Vec<String> {
    let category = |cell: &&str| {
        let mut out = String::new();
        column.category(cell, &mut out);
        out
    };
    cells.iter().map(category).collect()
}

#[test]
fn numbers_are_binned_by_quantile() {
    let rows: String = (0..100).map(|i| format!("{i},{}\n", i % 3)).collect();
    let options = TableOptions {
        bins: 4,
        ..TableOptions::default()
    };
    let learnt = learn(&[&format!("age,few\n{rows}")], &options).unwrap();
    assert_eq!((learnt.rows, learnt.columns.len()), (100, 2));
    let [age, few] = learnt.columns.as_slice() else {
        panic!("{learnt:?}");
    };
    assert_eq!((age.bins(), few.bins()), (Some(4), None));
    assert_eq!(
        categories(age, &["0", "24.9", "25", " 75 ", "1e3", "-7", "", "NA"]),
        [
            "age=..25",
            "age=..25",
            "age=25..50",
            "age=75..",
            "age=75..",
            "age=..25",
            "age=?",
            "age=?"
        ]
    );
    // A number is one category however it is written.
    assert_eq!(
        categories(few, &["2", "2.0", "-0"]),
        ["few=2", "few=2", "few=0"]
    );
}

/// Nine of ten are 0: that value has a bin to itself.
#[test]
fn a_frequent_number_leaves_bins_for_the_others() {
    let rows: String = (0..200)
        .map(|i| format!("{}\n", if i % 10 > 0 { 0 } else { i }))
        .collect();
    let learnt = learn(&[&format!("gain\n{rows}")], &TableOptions::default()).unwrap();
    let found = categories(&learnt.columns[0], &["0", "5", "10", "190"]);
    assert_eq!(found, ["gain=..10", "gain=..10", "gain=10..", "gain=10.."]);
}

/// What is no number, or infinite, is never where a bin begins.
#[test]
fn numbers_that_are_none_or_infinite_bound_no_bin() {
    let mut rows: String = (0..1000).map(|i| format!("{i}\n")).collect();
    rows.push_str("-nan\n+NaN\n");
    rows.push_str(&"inf\n-Infinity\n".repeat(400));
    let learnt = learn(&[&format!("x\n{rows}")], &TableOptions::default()).unwrap();
    let [x] = learnt.columns.as_slice() else {
        panic!("{learnt:?}");
    };
    assert_eq!(x.bins(), Some(10));
    assert_eq!(
        categories(x, &["-NAN", "-1e999", "99", "100", "inf"]),
        ["x=?", "x=..100", "x=..100", "x=100..200", "x=900.."]
    );
    let mut options = TextOptions::new(TokenizerKind::Items);
    options.columns = vec![x.store()];
    let again = TextOptions::from_map(&options.to_map()).unwrap();
    assert_eq!(again.table().unwrap(), learnt.columns);
    // A name is a name.
    let names = Column::new("name", Kind::Names);
    assert_eq!(categories(&names, &["Infinity"]), ["name=Infinity"]);
}

/// White space is white space, of whatever kind.
#[test]
fn a_cell_of_white_space_is_no_name() {
    let rows: String = (0..20).map(|i| format!("{i}\n")).collect();
    let text = format!("x\n{rows}\u{a0}\n\u{3000}7 \n");
    let learnt = learn(&[&text], &TableOptions::default()).unwrap();
    assert_eq!(learnt.columns[0].bins(), Some(10));
}

#[test]
fn names_stay_names_where_one_is_none() {
    let options = TableOptions {
        names: vec!["zip".to_owned()],
        except: vec!["label".to_owned()],
        bins: 2,
        ..TableOptions::default()
    };
    let text = "zip;mixed;label;same\n01;1;x;s\n02;two;y;s\n03;3;x;s\n1;4;y;s\n";
    let learnt = learn(&[text], &options).unwrap();
    let names: Vec<&str> = learnt.columns.iter().map(Column::name).collect();
    assert_eq!(
        (names, learnt.constant),
        (vec!["zip", "mixed"], vec!["same".to_owned()])
    );
    assert_eq!(
        categories(&learnt.columns[0], &["01", "1"]),
        ["zip=01", "zip=1"]
    );
    assert_eq!(
        categories(&learnt.columns[1], &["1.0", "two"]),
        ["mixed=1.0", "mixed=two"]
    );
}

#[test]
fn columns_are_found_by_name_in_every_table() {
    let learnt = learn(&["a,b\n1,x\n", "b,c,a\ny,?,1\n"], &TableOptions::default()).unwrap();
    assert_eq!((learnt.rows, learnt.constant), (2, vec!["a".to_owned()]));
    assert_eq!(learnt.columns, [Column::new("b", Kind::Names)]);
}

#[test]
fn tables_that_teach_nothing_are_told() {
    let asked = |columns: &[&str]| TableOptions {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        ..TableOptions::default()
    };
    let shape = "name columns of a table with a header line and rows below it";
    for (text, columns, message) in [
        ("a,b\n1,2\n", &["a", "x"][..], "t0.csv, line 1: no column \"x\"; the columns are: a, b".to_owned()),
        ("a,b\n", &[], format!("t0.csv: no row below the header; {shape}")),
        ("", &[], format!("t0.csv: no row below the header; {shape}")),
        ("a,b\n1,2\n1.0,2\n", &[], format!("t0.csv: each column has one value only (a, b); {shape}")),
        ("a,a\n1,2\n", &[], format!("t0.csv: two columns are called \"a\"; {shape}")),
        ("a,a=b\nb=x,x\n", &[], format!("t0.csv: categories of \"a\" and \"a=b\" may have one name; {shape}")),
        ("a,b\n1,2\n", &["a", "b", "a"], format!("t0.csv: --columns names \"a\" twice; {shape}")),
        (
            "a,b\n1,2\n3\n",
            &["b"],
            "t0.csv, line 3: 1 columns, expected at least 2; correct it, or leave such records out with --skip-bad-lines".to_owned(),
        ),
    ] {
        assert_eq!(learn(&[text], &asked(columns)).unwrap_err(), message);
    }
}

#[test]
fn columns_that_are_all_left_out_are_told() {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    for (columns, except, left) in [(&["a"][..], &["a"][..], "a"), (&[], &["b", "a"], "a, b")] {
        let options = TableOptions {
            columns: list(columns),
            except: list(except),
            ..TableOptions::default()
        };
        assert_eq!(
            learn(&["a,b\n1,2\n2,1\n"], &options).unwrap_err(),
            format!(
                "t0.csv: --except leaves none of the columns ({left}); name columns of a table with a \
                 header line and rows below it"
            )
        );
    }
}

#[test]
fn columns_come_back_from_a_model() {
    let columns = vec![
        Column::new("a \"quoted\"\nname", Kind::Names),
        Column::new("b", Kind::Bins(vec![-1.5, 0.1, 1e300])),
        Column::new("c", Kind::Numbers),
    ];
    let mut options = TextOptions::new(TokenizerKind::Items);
    options.columns = columns.iter().map(Column::store).collect();
    let again = TextOptions::from_map(&options.to_map()).unwrap();
    assert_eq!(again.table().unwrap(), columns);
}

/// The lines of the events in these tables, with so much memory.
fn lines(texts: &[&str], skip: bool) -> Result<String, String> {
    let (_folder, inputs) = tables(texts);
    let options = EventOptions {
        user: "who".to_owned(),
        item: "what".to_owned(),
        time: "when".to_owned(),
        ..EventOptions::default()
    };
    let sources = SourceOptions {
        format: TextFormat::Events(options.clone()),
        skip_bad_lines: skip,
        ..SourceOptions::default()
    };
    let counters = Arc::new(SourceCounters::default());
    let sorted = events::sort(&inputs, (&sources, &options), &counters);
    let mut text = String::new();
    let mut sorted = sorted.map_err(|e| e.to_string().replace(&inputs[0].to_string(), "t0.csv"))?;
    sorted.read_to_string(&mut text).unwrap();
    Ok(text)
}

#[test]
fn events_are_grouped_by_user_and_sorted_by_time() {
    let first = "when,who,what\n10,bo,b\n9,bo,\"a \"\"x\"\"\"\n-1,al,c\n9,bo,d\n";
    let second = "what\twho\twhen\ne\tal\t-1.5\nf\tb\t1e1\n";
    assert_eq!(
        lines(&[first, second], false).unwrap(),
        "\"e\"\t\"c\"\t\n\"f\"\t\n\"a \"\"x\"\"\"\t\"d\"\t\"b\"\t"
    );
    let dates = "when,who,what\n2026-10-01,a,late\n2026-02-03 09:00,a,soon\n";
    assert_eq!(lines(&[dates], false).unwrap(), "\"soon\"\t\"late\"\t");
}

/// What is told about a time that is none.
const NO_TIME: &str = "neither a number nor a date such as 2026-01-31 9:00:00.5, 2026/1/31 9:00 PM or \
                       2026-01-31T09:00+02:00";

/// Sorts events at these times, the last first.
#[track_caller]
fn are_sorted(ascending: &[&str]) {
    let rows = ascending.iter().enumerate().rev();
    let rows: String = rows.map(|(at, time)| format!("{time},a,{at}\n")).collect();
    let items: String = (0..ascending.len())
        .map(|at| format!("\"{at}\"\t"))
        .collect();
    let sorted = lines(&[&format!("when,who,what\n{rows}")], false).unwrap();
    assert_eq!(sorted, items, "{ascending:?}");
}

/// Dates with leading zeros and without; fractions of seconds, which have none, with zones after them.
#[test]
fn dates_are_sorted_by_the_values_of_their_numbers() {
    for ascending in [
        &["2026-01-31 9:00", "2026-01-31 12:00"][..],
        &[
            "2026-9-30",
            "2026-10-01",
            "2026-10-1 0:00",
            "2026-10-01T00:05",
        ],
        &["2026/1/2", "2026-01-03", "2026.1.10 8:00"],
        &[
            "2026-01-31 12:00:00",
            "2026-01-31 12:00:00.25",
            "2026-01-31 12:00:00.5",
        ],
        &["2025-12-31T23:59Z", "2026-01-01T00:00Z"],
        &[
            "2026-01-31T12:00Z",
            "2026-01-31T12:00:00.25Z",
            "2026-01-31T12:00:00.251Z",
            "2026-01-31T12:00:00.5Z",
            "2026-01-31T12:00:01Z",
            "2026-01-31T12:00:01.05Z",
        ],
        &[
            "2026-01-31 12:00:00 UTC",
            "2026-01-31 12:00:00.25 UTC",
            "2026-01-31 12:00:00.5 UTC",
        ],
        &[
            "2026-01-31 12:00:00+02:00",
            "2026-01-31 12:00:00.25+02:00",
            "2026-01-31 12:00:00.5+02:00",
        ],
    ] {
        are_sorted(ascending);
    }
}

/// With the half of the day and the zone; without a zone as UTC.
#[test]
fn dates_are_sorted_by_the_moments_that_they_tell() {
    for ascending in [
        &[
            "2026-01-01 12:30 AM",
            "2026-01-01 1:00:00.5 a.m.",
            "2026-01-01 11:00 AM",
            "2026-01-01 12:15PM",
            "2026-01-01 1:00 pm",
            "2026-01-01 1:30 P.M. UTC",
        ][..],
        &[
            "2026-01-01T12:00+02:00",
            "2026-01-01 07:30 -0300",
            "2026-01-01 11:00Z",
            "2026-01-01 11:15",
            "2026-01-01 6:20 AM -05:00",
            "2026-01-01 05:25:00.5-06",
        ],
        &[
            "2023-12-31 23:00-02:00",
            "20240101T010001",
            "2024年2月29日 23时59分",
            "2024-02-29 23:59:60 GMT",
            "2024-03-01 0:00:00.5Z",
        ],
    ] {
        are_sorted(ascending);
    }
}

/// Letters that tell no time, and numbers that no clock or calendar has.
#[test]
fn dates_that_are_none_are_told() {
    for date in [
        "2026-Jan-02",
        "2026-01-02 12:00 CET",
        "2026-01-02 12:00 Europe/Paris",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "2026-01-02 25:00",
        "2026-01-02 12:60",
        "2026-01-02 13:00 PM",
        "2026-01-02 PM",
        "2026-01-02 12:00:00.5.7",
        "2026-01-02 12:00+24:00",
        "26-01-02",
        "31.01.2026",
    ] {
        let text = format!("when,who,what\n{date},a,x\n");
        let told = lines(&[&text], false).unwrap_err();
        let problem = format!("t0.csv, line 2: the time {date:?} is {NO_TIME}; ");
        assert!(told.starts_with(&problem), "{told}");
    }
}

#[test]
fn times_of_two_kinds_are_told() {
    let cure = "correct it, or leave such records out with --skip-bad-lines";
    let (number, text) = (
        "when,who,what\n20260131,a,x\n",
        "who,what,when\na,y,2026/02/01\n",
    );
    for (texts, problem) in [
        (
            [number, text],
            "the time \"2026/02/01\" is a text, those before are numbers",
        ),
        (
            [text, number],
            "the time \"20260131\" is a number, those before are texts",
        ),
    ] {
        let told = lines(&texts, false).unwrap_err();
        assert!(
            told.ends_with(&format!("csv, line 2: {problem}; {cure}")),
            "{told}"
        );
    }
    assert_eq!(
        lines(&["when,who,what\n1,a,x\ninf,a,y\n"], false).unwrap_err(),
        format!("t0.csv, line 3: the time \"inf\" is {NO_TIME}; {cure}")
    );
}

/// A header, an unquoted row, a row of short cells in quotes: none is held for ever.
#[test]
fn a_row_has_a_longest_length() {
    const LONGEST: usize = 1 << 16;
    let read = |table: String| {
        let place = Place {
            name: "f".to_owned(),
            skip_bad_lines: false,
            counters: Arc::default(),
        };
        let mut rows = 0;
        let table = Rows::within(table.as_bytes(), place, LONGEST as u64)
            .and_then(|table| {
                let mut table = table.unwrap();
                while table.next(1)? {
                    rows += 1;
                }
                Ok(())
            })
            .map_err(|error| error.to_string());
        table.map(|()| rows)
    };
    let long = "x".repeat(3 * LONGEST);
    let quoted = "\"a\nb\",".repeat(LONGEST);
    for (table, line) in [
        (format!("{long}\n1\n"), 1),
        (format!("a,b\n1,2\n{long}"), 3),
        (format!("a,b\n\"1\n\",2\n{quoted}\n"), 4),
    ] {
        let error = format!(
            "f, line {line}: expected the end of what begins there within 256 MiB, found none; \
             break it into lines"
        );
        assert_eq!(read(table), Err(error));
    }
    let row = "x".repeat(LONGEST - 9);
    assert_eq!(read(format!("{row}\n{row}\n{row}")), Ok(2));
    assert_eq!(read(format!("a\r{}", "b\r".repeat(LONGEST))), Ok(LONGEST));
}

#[test]
fn rows_that_are_no_events_are_told() {
    let cure = "correct it, or leave such records out with --skip-bad-lines";
    let text = "when,who,what\n1,a,x\n1,,x\nsoon,a,x\n1,a\n2,a,y\n";
    assert_eq!(
        lines(&[text], false).unwrap_err(),
        format!("t0.csv, line 3: nothing in column \"who\"; {cure}")
    );
    assert_eq!(lines(&[text], true).unwrap(), "\"x\"\t\"y\"\t");
    assert_eq!(
        lines(&["when,who,what\nsoon,a,x\n"], false).unwrap_err(),
        format!("t0.csv, line 2: the time \"soon\" is {NO_TIME}; {cure}")
    );
    assert_eq!(
        lines(&["when,who\n1,a\n"], false).unwrap_err(),
        "t0.csv, line 1: no column \"what\"; the columns are: when, who"
    );
}

/// With memory for some ten events, 2,000 make so many runs that some of them are merged before the end.
#[test]
fn sorting_out_of_memory_is_sorting() {
    let event = |i: u32| {
        let key = format!("user{:02}|{:03}", i * 7 % 13, i * 31 % 1000);
        (key.into_bytes(), format!("item{i}").into_bytes())
    };
    let sorted = |memory: u64| {
        let mut sorter = Sorter::new(memory, std::env::temp_dir());
        for (key, item) in (0..2000).map(event) {
            sorter.add(&key, 6, &item).unwrap();
        }
        let mut sorted = sorter.finish().unwrap();
        let next = || {
            sorted
                .next()
                .unwrap()
                .map(|e| (e.user().to_vec(), e.item().to_vec()))
        };
        std::iter::from_fn(next).collect::<Vec<_>>()
    };
    let mut expected: Vec<_> = (0..2000).map(event).collect();
    // Stable: equals keep their order.
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(k, i)| (k[..6].to_vec(), i))
        .collect();
    assert_eq!(sorted(1 << 20), expected);
    assert_eq!(sorted(1_000), expected);
}
