//! `w2v eval`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use w2v::embeddings::Embeddings;
use w2v::eval::{self, Accuracy, AnalogyReport, AnalogySet, Kind, PairReport, PairSet, Protocol};
use w2v::format::ReadOptions;
use w2v::query::Method;

use super::Failure;
use super::model::{DEFAULT_PATH, note};
use super::output::{Output, OutputArgs, Shape};

const EXAMPLES: &str = "\
Examples:
  w2v eval vectors.w2v --analogies questions-words.txt --pairs wordsim353.tsv
  w2v eval --analogies questions-words.txt --floor questions-words=35    exit 1 below 35 %

`--format tsv` has a row for each section and set: `analogies`, set, section, percent, correct, seen, skipped,
invalid lines (of the set, beside its total); `pairs`, set, Spearman, Pearson, seen, skipped, share with an
unknown word, invalid lines. What there is no figure for is empty.

The figures are those of gensim's evaluate_word_analogies and evaluate_word_pairs under the
protocol that is printed with them; figures of different protocols cannot be compared.";

/// Accuracy on analogies, and correlation with people's judgement of word pairs
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// File of vectors to score
    #[arg(value_name = "FILE", default_value = DEFAULT_PATH)]
    model: PathBuf,
    /// Questions "a b c d", in sections that begin with ": name"
    #[arg(short, long, value_name = "FILE", num_args = 1.., required_unless_present = "pairs")]
    analogies: Vec<PathBuf>,
    /// Word pairs with people's scores, separated by tabs
    #[arg(short, long, value_name = "FILE", num_args = 1..)]
    pairs: Vec<PathBuf>,
    /// Know only the N most frequent words, as questions and as answers
    #[arg(long, value_name = "N", default_value_t = Protocol::default().restrict)]
    restrict: usize,
    /// Compare words without regard to case
    #[arg(
        long,
        value_name = "BOOL",
        default_value_t = true,
        default_missing_value = "true"
    )]
    #[arg(num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set)]
    case_insensitive: bool,
    /// How the words of an analogy are put together: add (3CosAdd) or mul (3CosMul)
    #[arg(long, value_name = "METHOD", default_value = "add")]
    method: Method,
    /// Fail when a set, named by its file without ending, scores below: percent of analogies, or
    /// Spearman's correlation x 100 of pairs
    #[arg(long, value_name = "SET=SCORE", value_parser = floor)]
    floor: Vec<(String, f64)>,
    #[command(flatten)]
    output: OutputArgs,
}

fn floor(text: &str) -> Result<(String, f64), String> {
    let (name, score) = text
        .rsplit_once('=')
        .ok_or("expected SET=SCORE, as in google=35")?;
    let number: f64 = score.parse().map_err(|e| format!("{score}: {e}"))?;
    match number.is_finite() {
        true => Ok((name.to_owned(), number)),
        false => Err(format!("{score}: expected a finite number")),
    }
}

/// Scores every set, then holds the scores against the floors.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let protocol = Protocol {
        restrict: args.restrict,
        case_insensitive: args.case_insensitive,
        method: args.method,
    };
    // Sets first: a missing one should not cost the time of the others.
    let analogies = read(&args.analogies, AnalogySet::read)?;
    let pairs = read(&args.pairs, PairSet::read)?;
    let names = analogies
        .iter()
        .map(|(n, _)| n)
        .chain(pairs.iter().map(|(n, _)| n));
    let names: Vec<String> = names.cloned().collect();
    if let Some((name, _)) = args.floor.iter().find(|(name, _)| !names.contains(name)) {
        return Err(Failure::UnknownFloor {
            name: name.clone(),
            sets: names.join(", "),
        });
    }
    let (model, read) = w2v::format::read(&args.model, &ReadOptions::default())?;
    read.notes().iter().for_each(|text| note(text));
    let mut report = Report::new(&args, &model);
    for (name, set) in &analogies {
        let scored = eval::score_analogies(&model, set, protocol)?;
        report.analogies.push(analogy_scores(name, set, &scored));
    }
    for (name, set) in &pairs {
        let scored = eval::score_pairs(&model, set, protocol)?;
        report.pairs.push(pair_scores(name, set, scored));
    }
    let mut output = Output::new(&args.output);
    match output.shape() {
        Shape::Json | Shape::Jsonl => output.line(&report)?,
        Shape::Tsv => report.rows(&mut output)?,
        Shape::Table => output.write(|out| report.print(out))?,
    }
    output.finish()?;
    report.hold_against(&args.floor)
}

/// The sets of `paths`, each with its name.
fn read<T>(
    paths: &[PathBuf],
    read: impl Fn(&Path) -> w2v::Result<T>,
) -> Result<Vec<(String, T)>, Failure> {
    let named = paths.iter().map(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok((name.into_owned(), read(path)?))
    });
    named.collect()
}

#[derive(Serialize)]
struct Report {
    model: String,
    words: usize,
    dim: usize,
    protocol: ProtocolLine,
    analogies: Vec<AnalogyScores>,
    pairs: Vec<PairScores>,
}

#[derive(Serialize)]
struct ProtocolLine {
    restrict: usize,
    case_insensitive: bool,
    method: &'static str,
}

#[derive(Serialize)]
struct AnalogyScores {
    set: String,
    sections: Vec<Line>,
    semantic: Line,
    syntactic: Line,
    total: Line,
    invalid_lines: usize,
}

#[derive(Serialize)]
struct Line {
    name: String,
    percent: Option<f64>,
    correct: usize,
    seen: usize,
    skipped: usize,
}

#[derive(Serialize)]
struct PairScores {
    set: String,
    spearman: Option<f64>,
    pearson: Option<f64>,
    seen: usize,
    skipped: usize,
    unknown_share: f64,
    invalid_lines: usize,
}

/// JSON has no NaN.
fn number(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

fn line(name: &str, accuracy: Accuracy) -> Line {
    Line {
        name: name.to_owned(),
        percent: number(accuracy.share() * 100.0),
        correct: accuracy.correct,
        seen: accuracy.seen,
        skipped: accuracy.skipped,
    }
}

fn analogy_scores(name: &str, set: &AnalogySet, report: &AnalogyReport) -> AnalogyScores {
    AnalogyScores {
        set: name.to_owned(),
        sections: report
            .sections
            .iter()
            .map(|s| line(&s.name, s.accuracy))
            .collect(),
        semantic: line("semantic", report.total_of(Kind::Semantic)),
        syntactic: line("syntactic", report.total_of(Kind::Syntactic)),
        total: line("total", report.total()),
        invalid_lines: set.invalid,
    }
}

fn pair_scores(name: &str, set: &PairSet, report: PairReport) -> PairScores {
    PairScores {
        set: name.to_owned(),
        spearman: number(report.spearman),
        pearson: number(report.pearson),
        seen: report.seen,
        skipped: report.skipped,
        unknown_share: report.unknown_share(),
        invalid_lines: set.invalid,
    }
}

impl Report {
    fn new(args: &Args, model: &Embeddings) -> Self {
        Self {
            model: args.model.to_string_lossy().into_owned(),
            words: model.len(),
            dim: model.dim(),
            protocol: ProtocolLine {
                restrict: args.restrict,
                case_insensitive: args.case_insensitive,
                method: match args.method {
                    Method::Add => "3CosAdd",
                    Method::Mul => "3CosMul",
                },
            },
            analogies: Vec::new(),
            pairs: Vec::new(),
        }
    }

    fn print(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        let Self { words, dim, .. } = self;
        writeln!(out, "{}: {words} words, dim {dim}", self.model)?;
        let case = if self.protocol.case_insensitive {
            "without regard to case"
        } else {
            "case-sensitive"
        };
        let known = self.protocol.restrict.min(self.words);
        writeln!(
            out,
            "protocol: the {known} most frequent words, {case}, questions with other words skipped, {}",
            self.protocol.method
        )?;
        for set in &self.analogies {
            writeln!(out, "\n{}", set.set)?;
            let totals = [&set.semantic, &set.syntactic, &set.total];
            for line in set.sections.iter().chain(totals) {
                let percent = line.percent.map_or("-".to_owned(), |p| format!("{p:.2} %"));
                let Line {
                    correct,
                    seen,
                    skipped,
                    name,
                    ..
                } = line;
                writeln!(
                    out,
                    "  {percent:>8}  {correct:>5} of {seen:>5}, {skipped:>5} skipped  {name}"
                )?;
            }
        }
        for set in &self.pairs {
            let shown = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.4}"));
            writeln!(
                out,
                "\n{}\n  Spearman {}, Pearson {}, {} pairs, {} skipped ({:.1} % unknown)",
                set.set,
                shown(set.spearman),
                shown(set.pearson),
                set.seen,
                set.skipped,
                set.unknown_share * 100.0
            )?;
        }
        Ok(())
    }

    /// Writes the figures, a row for each section and set.
    fn rows(&self, output: &mut Output) -> Result<(), Failure> {
        let shown = |x: Option<f64>| x.map_or(String::new(), |x| x.to_string());
        for set in &self.analogies {
            let totals = [&set.semantic, &set.syntactic, &set.total];
            for line in set.sections.iter().chain(totals) {
                let invalid = match std::ptr::eq(line, &set.total) {
                    true => set.invalid_lines.to_string(),
                    false => String::new(),
                };
                output.row([
                    "analogies",
                    &set.set,
                    &line.name,
                    &shown(line.percent),
                    &line.correct.to_string(),
                    &line.seen.to_string(),
                    &line.skipped.to_string(),
                    &invalid,
                ])?;
            }
        }
        for set in &self.pairs {
            output.row([
                "pairs",
                &set.set,
                &shown(set.spearman),
                &shown(set.pearson),
                &set.seen.to_string(),
                &set.skipped.to_string(),
                &shown(number(set.unknown_share)),
                &set.invalid_lines.to_string(),
            ])?;
        }
        Ok(())
    }

    /// Fails on the first set whose score is below its floor, or has none.
    fn hold_against(&self, floors: &[(String, f64)]) -> Result<(), Failure> {
        let analogies = self.analogies.iter().map(|s| (&s.set, s.total.percent));
        let pairs = self
            .pairs
            .iter()
            .map(|s| (&s.set, s.spearman.map(|x| x * 100.0)));
        let scores: Vec<_> = analogies.chain(pairs).collect();
        for (name, floor) in floors {
            let of_set = scores.iter().filter(|(set, _)| *set == name);
            for (_, score) in of_set {
                if score.is_none_or(|score| score < *floor) {
                    return Err(Failure::BelowFloor {
                        name: name.clone(),
                        score: score.unwrap_or(0.0),
                        floor: *floor,
                    });
                }
            }
        }
        Ok(())
    }
}
