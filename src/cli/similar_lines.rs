//! `w2v similar-lines`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;
use w2v::compose::{LineVectors, NearLine};

use super::Failure;
use super::ask::{lines, tell_marked};
use super::compose_args::ComposeArgs;
use super::failure::complain;
use super::output::{Output, OutputArgs, Shape};

const EXAMPLES: &str = "\
Examples:
  w2v similar-lines reviews.txt --query 'the battery died after a week'
  w2v similar-lines faq.jsonl --field question --batch questions.txt --top 3 --json

The lines' vectors are those of `w2v embed`. Lines of several files, or of a folder, are named by
their file and their number in it.";

/// The lines of texts that are nearest to a text
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Text to compare with; may be given several times
    #[arg(long, value_name = "TEXT", required_unless_present = "batch")]
    query: Vec<String>,
    /// Texts from FILE ("-" for standard input), one a line, answered in order; one without an answer
    /// is marked and the work goes on
    #[arg(short, long, value_name = "FILE")]
    batch: Option<PathBuf>,
    /// How many lines for each
    #[arg(short, long, value_name = "N", default_value = "10")]
    top: NonZeroUsize,
    #[command(flatten)]
    compose: ComposeArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Reads all lines, then answers.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let mut queries = args.query;
    let batch = args.batch.is_some();
    if let Some(path) = &args.batch {
        if path == Path::new("-") && args.compose.reads_stdin() {
            return Err(Failure::OneInput);
        }
        queries.extend(lines(path)?.collect::<Result<Vec<_>, _>>()?);
    }
    let model = args.compose.open()?;
    let composer = args.compose.composer(&model)?;
    let lines = args.compose.lines(&composer, true, None)?;
    let mut output = Output::new(&args.output);
    let names_files = args.compose.reads_several();
    let titled = batch || queries.len() > 1;
    let mut refused = 0;
    for query in &queries {
        match lines.nearest(&composer, query, args.top.get()) {
            Ok(near) => {
                let near = near.iter().map(|near| found(&lines, near, names_files));
                answer(&mut output, (query, titled), near.collect())?;
            }
            Err(error) => {
                refused += 1;
                output.refusal((json!(query), query), batch, &error)?;
                if !batch {
                    complain(&error);
                }
            }
        }
    }
    output.finish()?;
    match (refused, batch) {
        (0, _) => Ok(()),
        (refused, true) => {
            tell_marked(refused);
            Ok(())
        }
        (_, false) => Err(Failure::Reported),
    }
}

/// The lines near to a query, for programs.
#[derive(Serialize)]
struct Found<'a> {
    query: &'a str,
    lines: Vec<FoundLine<'a>>,
}

#[derive(Serialize)]
struct FoundLine<'a> {
    similarity: f32,
    /// Where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    /// From 1.
    line: u64,
    text: &'a str,
}

fn found<'a>(lines: &'a LineVectors, near: &NearLine, names_file: bool) -> FoundLine<'a> {
    let (file, line) = lines.place(near.line);
    FoundLine {
        similarity: near.similarity,
        file: names_file.then_some(file),
        line,
        text: &lines.texts()[near.line],
    }
}

fn answer(
    output: &mut Output,
    (query, titled): (&str, bool),
    found: Vec<FoundLine<'_>>,
) -> Result<(), Failure> {
    if output.is_json() {
        return output.line(&Found {
            query,
            lines: found,
        });
    }
    if output.shape() == Shape::Tsv {
        return found.iter().try_for_each(|found| {
            let (line, similarity) = (found.line.to_string(), found.similarity.to_string());
            let place = found.file.into_iter().chain([line.as_str()]);
            let fields = [query].into_iter().chain(place);
            output.row(fields.chain([similarity.as_str(), found.text]))
        });
    }
    output.write(|out| {
        if titled {
            writeln!(out, "{query}")?;
        }
        let indent = if titled { "  " } else { "" };
        found.iter().try_for_each(|found| {
            let FoundLine {
                similarity,
                file,
                line,
                text,
            } = found;
            match file {
                Some(file) => writeln!(out, "{indent}{similarity:.4}  {file}:{line}  {text}"),
                None => writeln!(out, "{indent}{similarity:.4}  {line:>7}  {text}"),
            }
        })
    })
}
