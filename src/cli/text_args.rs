//! Which texts, how they are read and what their words are, as typed.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use w2v::corpus::ScanOptions;
use w2v::text::{
    Addresses, Digits, Input, Normalization, Punctuation, Sentences, SourceOptions, TextFormat,
    TextOptions, TokenizerKind, is_encoding, read_dictionary, stopwords,
};

use super::Failure;
use super::paths::Named;
use super::trainer_args::choice;

/// Which texts, how they are read, and with how much memory they are scanned.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    #[command(flatten)]
    pub(crate) texts: TextArgs,
    /// Keep the scan to this much memory (such as 2G or 500M); the rest goes to temporary files
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,
    /// Folder of temporary files [default: the system's]
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,
}

/// Which texts, and how they are read.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct TextArgs {
    /// Texts, a sentence a line: files, folders (all in them but hidden files and what is written), or `-`
    /// for standard input; plain, gzip, zstd, bzip2 or xz, told by content
    #[arg(required = true, value_name = "TEXT", help_heading = None::<&str>)]
    inputs: Vec<PathBuf>,
    /// Of the files in folders, only those of this name; may be given several times
    #[arg(long, value_name = "'*.txt'")]
    include: Vec<String>,
    /// The texts are JSON objects, one a line: take this field (`a.b` for one within another)
    #[arg(long, value_name = "NAME", conflicts_with = "column")]
    field: Option<String>,
    /// The texts are tables (CSV, TSV) with a header line: take this column
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Leave out records without a text instead of stopping
    #[arg(long)]
    skip_bad_lines: bool,
    /// Character encoding, such as latin1 or gb18030 [default: UTF-8; UTF-16 with its mark]
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    encoding: Option<String>,
}

/// What the words are.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Words of text")]
pub(crate) struct WordArgs {
    /// What a word is: by UAX #29 (`unicode`), what stands between white space, unchanged
    /// (`whitespace`), Chinese cut by a dictionary, the rest by UAX #29 (`chinese`); `auto` takes
    /// `chinese` for a text that begins in Chinese, else `unicode`
    #[arg(long, value_parser = choice(TOKENIZERS, Tokenizer::name), default_value = "auto",
          hide_possible_values = true)]
    tokenizer: Tokenizer,
    /// Words for the `chinese` tokenizer beside its own, of Chinese characters, one a line
    #[arg(long, value_name = "FILE")]
    dictionary: Option<PathBuf>,
    /// What a sentence is: a line, the sentences within it (unicode), a whole file or record
    /// (document)
    #[arg(long, value_parser = choice(Sentences::ALL, Sentences::name), default_value = "line",
          hide_possible_values = true)]
    sentences: Sentences,
    #[command(flatten)]
    cleaning: CleaningArgs,
}

/// Which words are kept.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Vocabulary")]
pub(crate) struct KeepArgs {
    /// Drop words that occur less often [default: 5; 1 where the input is no text]
    #[arg(long, value_name = "N")]
    pub(crate) min_count: Option<u64>,
    /// Keep only the N most frequent words
    #[arg(long, value_name = "N")]
    max_vocab: Option<NonZeroUsize>,
}

impl KeepArgs {
    pub(crate) fn max_vocab(&self) -> Option<usize> {
        self.max_vocab.map(NonZeroUsize::get)
    }
}

/// What happens to words and to what is between them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Cleaning of text")]
struct CleaningArgs {
    /// Make letters small [default: yes; with the whitespace tokenizer no]
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no, num_args = 0..=1,
          require_equals = true, default_missing_value = "yes")]
    lowercase: Option<bool>,
    /// Form of characters [default: nfc; with the whitespace tokenizer none]
    #[arg(long, value_parser = choice(Normalization::ALL, Normalization::name))]
    normalization: Option<Normalization>,
    /// Make wide Latin letters and narrow katakana ordinary
    #[arg(long)]
    fold_width: bool,
    /// Take the accents off letters
    #[arg(long)]
    strip_accents: bool,
    /// Digits: keep them, all 0 (zero), or drop tokens without a letter (drop)
    #[arg(long, value_parser = choice(Digits::ALL, Digits::name), default_value = "keep",
          hide_possible_values = true)]
    digits: Digits,
    /// Punctuation: no tokens, or each mark one [default: drop; with the whitespace tokenizer
    /// keep, where `drop` takes it off the ends of tokens]
    #[arg(long, value_parser = choice(Punctuation::ALL, Punctuation::name))]
    punctuation: Option<Punctuation>,
    /// Web addresses: keep them like any text, drop them, or replace them by the token <url>
    #[arg(long, value_parser = choice(Addresses::ALL, Addresses::name), default_value = "keep",
          hide_possible_values = true)]
    urls: Addresses,
    /// Mail addresses: keep, drop, or replace them by the token <email>
    #[arg(long, value_parser = choice(Addresses::ALL, Addresses::name), default_value = "keep",
          hide_possible_values = true)]
    emails: Addresses,
    /// Drop HTML tags, turn entities into characters; tags over several lines go with
    /// `--sentences document` only
    #[arg(long)]
    strip_html: bool,
    /// Drop words of fewer characters
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_length: usize,
    /// Drop words of more characters
    #[arg(long, value_name = "N")]
    max_length: Option<usize>,
    /// Drop these words: a language (en, zh...) or a file with a word a line; may be given several
    /// times
    #[arg(long, value_name = "en|FILE")]
    stopwords: Vec<String>,
}

/// [`TokenizerKind`] as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tokenizer {
    Auto,
    Is(TokenizerKind),
}

const TOKENIZERS: &[Tokenizer] = &[
    Tokenizer::Auto,
    Tokenizer::Is(TokenizerKind::Unicode),
    Tokenizer::Is(TokenizerKind::Whitespace),
    Tokenizer::Is(TokenizerKind::Chinese),
];

impl Tokenizer {
    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Is(kind) => kind.name(),
        }
    }
}

/// A number of bytes with one of the letters K, M, G, T: powers of 1024.
fn size(typed: &str) -> Result<u64, &'static str> {
    const EXPECTED: &str = "expected a number and K, M, G or T, such as 2G; at least 16M";
    const LEAST: u64 = 16 << 20;
    let digits = typed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match typed[digits.len()..].to_ascii_uppercase().as_str() {
        "" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err(EXPECTED),
    };
    let number: f64 = digits.parse().map_err(|_| EXPECTED)?;
    let bytes = (number * (1_u64 << shift) as f64) as u64;
    (bytes >= LEAST).then_some(bytes).ok_or(EXPECTED)
}

/// The name of a character encoding.
pub(crate) fn encoding(typed: &str) -> Result<String, &'static str> {
    let name = is_encoding(typed).then(|| typed.to_owned());
    name.ok_or(
        "expected an encoding such as latin1, windows-1252, gb18030, big5, shift_jis, euc-kr or utf-16le",
    )
}

fn yes_or_no(typed: &str) -> Result<bool, &'static str> {
    match typed {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("expected yes or no"),
    }
}

/// What to scan, for so many threads; every word is kept.
pub(crate) fn scan_options(
    input: &InputArgs,
    words: &WordArgs,
    threads: usize,
) -> Result<ScanOptions, Failure> {
    Ok(ScanOptions {
        inputs: input.texts.inputs(),
        sources: input.texts.source_options(),
        detect_tokenizer: words.tokenizer == Tokenizer::Auto && words.dictionary.is_none(),
        text: words.text_options()?,
        memory: input.memory,
        temp_dir: input.temp_dir.clone(),
        threads,
        ..ScanOptions::default()
    })
}

/// The threads asked for; 0 is one a core.
pub(crate) fn threads(asked: usize) -> usize {
    match asked {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

impl TextArgs {
    /// The same texts, which lie somewhere else now.
    pub(crate) fn move_to(&mut self, inputs: Vec<PathBuf>) {
        self.inputs = inputs;
    }

    /// The texts as they were named.
    pub(crate) fn paths(&self) -> &[PathBuf] {
        &self.inputs
    }

    /// The texts, in order.
    pub(crate) fn inputs(&self) -> Vec<Input> {
        let input = |path: &PathBuf| match path.as_os_str() == "-" {
            true => Input::Stdin,
            false => Input::Path(path.clone()),
        };
        self.inputs.iter().map(input).collect()
    }

    /// How they are read.
    pub(crate) fn source_options(&self) -> SourceOptions {
        let format = match (&self.field, &self.column) {
            (Some(field), _) => TextFormat::JsonLines {
                field: field.clone(),
            },
            (None, Some(column)) => TextFormat::Table {
                column: column.clone(),
            },
            (None, None) => TextFormat::Plain,
        };
        SourceOptions {
            format,
            include: self.include.clone(),
            without: Vec::new(),
            encoding: self.encoding.clone(),
            skip_bad_lines: self.skip_bad_lines,
            documents: false,
        }
    }
}

impl WordArgs {
    /// The files of words.
    pub(crate) fn lists(&self) -> Vec<Named> {
        let dictionary = self.dictionary.iter().cloned();
        let dropped = self.cleaning.stopwords.iter().map(PathBuf::from);
        let dictionary = dictionary.map(|path| ("--dictionary", path));
        let dropped = dropped.map(|path| ("--stopwords", path));
        dictionary.chain(dropped).collect()
    }

    fn text_options(&self) -> Result<TextOptions, Failure> {
        let kind = match (self.tokenizer, &self.dictionary) {
            (Tokenizer::Is(kind), _) => kind,
            (Tokenizer::Auto, Some(_)) => TokenizerKind::Chinese,
            (Tokenizer::Auto, None) => TokenizerKind::Unicode,
        };
        if self.dictionary.is_some() && kind != TokenizerKind::Chinese {
            return Err(Failure::UnusedDictionary(kind.name()));
        }
        let cleaning = &self.cleaning;
        let usual = TextOptions::new(kind);
        let mut dropped = Vec::new();
        for list in &cleaning.stopwords {
            dropped.extend(stopwords(list)?);
        }
        Ok(TextOptions {
            tokenizer: kind,
            lowercase: cleaning.lowercase.unwrap_or(usual.lowercase),
            normalization: cleaning.normalization.unwrap_or(usual.normalization),
            fold_width: cleaning.fold_width,
            strip_accents: cleaning.strip_accents,
            digits: cleaning.digits,
            punctuation: cleaning.punctuation.unwrap_or(usual.punctuation),
            urls: cleaning.urls,
            emails: cleaning.emails,
            strip_html: cleaning.strip_html,
            min_length: cleaning.min_length,
            max_length: cleaning.max_length.unwrap_or(usual.max_length),
            sentences: self.sentences,
            stopwords: dropped,
            phrases: 0,
            columns: Vec::new(),
            dictionary: match &self.dictionary {
                Some(path) => read_dictionary(path)?,
                None => Vec::new(),
            },
        })
    }

    /// The choices that decide the words, in words; those beside `text` are `asked`.
    pub(crate) fn describe(scan: &ScanOptions, asked: &BTreeMap<String, String>) -> Vec<String> {
        let in_words = |(name, value): (&String, &String)| match value.lines().count() {
            0 | 1 => format!("{name} {value}"),
            lines => format!("{name} {lines} words"),
        };
        let mut all = vec![match (scan.text.tokenizer, scan.detect_tokenizer) {
            (TokenizerKind::Items, _) => "items".to_owned(),
            (_, true) => "tokenizer auto".to_owned(),
            (kind, false) => format!("tokenizer {}", kind.name()),
        }];
        all.extend(asked.iter().map(in_words));
        let (usual, text) = (TextOptions::new(scan.text.tokenizer), &scan.text);
        let (usual, text) = (usual.to_map(), text.to_map());
        let other = text
            .iter()
            .filter(|(name, value)| usual.get(*name) != Some(value));
        all.extend(other.map(in_words));
        all
    }
}
