//! Which options of `train` go with which kind of input, and which with `--phrases`: the one place that refuses those
//! that would do nothing.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, Error};
use w2v::train::InputKind::{self, Baskets, Events, Graph, Sequence, Table, Text};
use w2v::train::WordsOf;

/// Every kind of input, with an example: what the help of `train` begins with.
pub(crate) const OVERVIEW: &str = "\
Train vectors on what --input says the data are:
  text      sentences of words           w2v train corpus.txt
  baskets   sets of items, one a line    w2v train baskets.txt --input baskets
  sequence  items in their order         w2v train playlists.txt --input sequence
  events    rows of a table: who, what   w2v train log.csv --input events --user u --item i --time t
            and when; a user's items in
            the order of time
  graph     edges between nodes          w2v train edges.tsv --input graph
  table     rows of a table, each a set  w2v train table.csv --input table --columns a,b,c
            of categories
Then ask: w2v nearest (words), recommend (items), link (nodes), transform (tables). The defaults
below are those of text; other kinds have their own, which each run says when it begins.";

/// What the lines of each kind are, for those who read on.
pub(crate) const LINES: &str = "\
Items: between tabs, else white space; \"quotes\" hold an item with spaces. A basket of one item
teaches nothing, one longer than --window a random part of its pairs at a time.
Edges: two nodes, and a weight above 0 if there is one; between tabs, else commas, else white
space. # or % begins a comment. A node alone on a line has no edge; an edge of a node to itself is
left out and told.
Tables: a header line first. A cell without a value is a category of its own (age=?), a column
whose rows are all alike is left out and told.";

/// Options, by their ids, that decide what a word of a text is. A model keeps them.
pub(crate) const WORDS: &[&str] = &[
    "tokenizer",
    "dictionary",
    "sentences",
    "lowercase",
    "normalization",
    "fold_width",
    "strip_accents",
    "digits",
    "punctuation",
    "urls",
    "emails",
    "strip_html",
    "min_length",
    "max_length",
    "stopwords",
];

/// Options, by their ids, that decide what a category of a table is. A model keeps them.
pub(crate) const CATEGORIES: &[&str] = &["columns", "except", "names", "bins"];

/// Options, by their ids, that mean something beside `--phrases` only.
const PHRASES: &[&str] = &[
    "phrase_threshold",
    "phrase_score",
    "phrase_min_count",
    "phrase_connectors",
];

/// Options, by their ids, that mean something beside some kinds of input only.
const ONLY: &[(&[InputKind], &[&str])] = &[
    (&[Text], WORDS),
    (&[Text], PHRASES),
    (&[Text], &["phrases", "preset"]),
    (&[Text, Baskets, Sequence], &["field", "column"]),
    (
        &[Text, Baskets, Sequence, Events, Table],
        &[
            "skip_bad_lines",
            "memory",
            "temp_dir",
            "min_count",
            "max_vocab",
            "vocab",
        ],
    ),
    (&[Events], &["user", "item", "time"]),
    (&[Graph], &["directed", "walks", "walk_length", "p", "q"]),
    (&[Table], CATEGORIES),
];

/// Refuses the first option that would do nothing beside the kind of input.
pub(crate) fn check(train: &mut Command, typed: &ArgMatches) -> Result<(), Error> {
    let Some(&kind) = typed.get_one::<InputKind>("input") else {
        return Ok(());
    };
    let others = ONLY.iter().filter(|(kinds, _)| !kinds.contains(&kind));
    let wrong = others.flat_map(|(kinds, ids)| ids.iter().map(move |id| (kinds, id)));
    let Some((kinds, id)) = wrong.into_iter().find(|(_, id)| is_typed(typed, id)) else {
        return check_words(train, typed).and_then(|()| check_phrases(train, typed));
    };
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    Err(train.error(
        ErrorKind::ArgumentConflict,
        format!(
            "--{} does nothing with --input {}; it goes with --input {}",
            id.replace('_', "-"),
            kind.name(),
            names.join(", "),
        ),
    ))
}

/// Refuses a count below which words are dropped where all given words are kept.
fn check_words(train: &mut Command, typed: &ArgMatches) -> Result<(), Error> {
    let words = typed.try_get_one("init_words").ok().flatten();
    if words != Some(&WordsOf::Given) || !is_typed(typed, "min_count") {
        return Ok(());
    }
    Err(train.error(
        ErrorKind::ArgumentConflict,
        "--min-count does nothing with --init-words given, which keeps words however rare",
    ))
}

/// Refuses the first option that would do nothing without `--phrases`.
pub(crate) fn check_phrases(command: &mut Command, typed: &ArgMatches) -> Result<(), Error> {
    let id = PHRASES.iter().find(|id| is_typed(typed, id));
    let Some(id) = id.filter(|_| !is_typed(typed, "phrases")) else {
        return Ok(());
    };
    let name = id.replace('_', "-");
    Err(command.error(
        ErrorKind::MissingRequiredArgument,
        format!("--{name} does nothing without --phrases"),
    ))
}

fn is_typed(typed: &ArgMatches, id: &str) -> bool {
    typed.value_source(id) == Some(ValueSource::CommandLine)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::brief::MOST_USED;
    use super::*;

    /// An id that no option has would never be refused, nor shown.
    #[test]
    fn the_options_are_there() {
        let cli = super::super::Cli::command();
        let train = cli.find_subcommand("train").unwrap();
        let only = ONLY.iter().flat_map(|(_, ids)| ids.iter());
        for id in only.chain(MOST_USED) {
            let is = |argument: &clap::Arg| argument.get_id() == id;
            assert!(train.get_arguments().any(is), "{id}");
        }
    }
}
