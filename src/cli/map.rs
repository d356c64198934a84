//! `w2v map`.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use w2v::embeddings::Embeddings;
use w2v::format::{self, AtomicFile};
use w2v::map::{self, Categories, MapOptions, Method, Stage, Table, WordMap};
use w2v::{query, text};

use super::Failure;
use super::human;
use super::interrupt::Interrupt;
use super::log::RunLog;
use super::model::{DEFAULT_PATH, Model, ModelArgs};
use super::paths::{check_apart, named};
use super::picture::{self, Form};
use super::progress::Talk;

/// Words of a map to explore, and of a picture, where nobody says otherwise.
const MANY: usize = 20_000;
const FEW: usize = 1_000;

const EXAMPLES: &str = "\
Examples:
  w2v map                                     reads vectors.w2v, writes map.html
  w2v map vectors.w2v --top 100000 -o all.html
  w2v map --around violin --top 200 -o violin.svg
  w2v map --words colours.txt -o colours.pdf
  w2v map --labels kinds.tsv                  colours words by their kind

What is written is told by the end of OUT's name:
  .html              one page for a browser, to explore; it needs no network
  .svg .png .pdf     a drawing
  .csv .tsv          word, count, x, y, cluster, category
  .jsonl             the same with neighbours, for viewers such as embedding-atlas:
                     embedding-atlas map.jsonl --x x --y y --neighbors neighbors --text word
TensorBoard's projector opens what `w2v convert vectors.w2v tensors.tsv` writes.";

/// A map of the words: what is alike lies together
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// File of vectors
    #[arg(value_name = "FILE", default_value = DEFAULT_PATH)]
    model: PathBuf,
    /// Where to write the map
    #[arg(short, long, value_name = "OUT", default_value = "map.html")]
    output: PathBuf,
    /// How many words: the most frequent ones, or the nearest with --around [default: 20000 for a
    /// page or table, 1000 for a picture]
    #[arg(short, long, value_name = "N")]
    top: Option<NonZeroUsize>,
    /// Only the words in FILE, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "top")]
    words: Option<PathBuf>,
    /// Only the words nearest to WORD
    #[arg(long, value_name = "WORD", conflicts_with = "words")]
    around: Option<String>,
    /// Colour words by the categories in FILE: a word, a tab or comma and its category a line
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    #[command(flatten)]
    layout: LayoutArgs,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Layout")]
struct LayoutArgs {
    /// How vectors are brought into a plane
    #[arg(long, value_name = "METHOD", default_value = "tsne")]
    method: MethodName,
    /// How many words a word attends to, with tsne (1 to 1000)
    #[arg(long, value_name = "X", default_value_t = MapOptions::default().perplexity)]
    #[arg(value_parser = perplexity)]
    perplexity: f32,
    /// Steps of the descent, with tsne
    #[arg(long, value_name = "N", default_value_t = MapOptions::default().steps)]
    steps: usize,
    /// Neighbours shown for each word
    #[arg(long, value_name = "N", default_value_t = MapOptions::default().neighbors)]
    neighbors: usize,
    /// The same picture for the same number
    #[arg(long, value_name = "N", default_value_t = MapOptions::default().seed)]
    seed: u64,
}

/// A method's name.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum MethodName {
    /// t-SNE: near words stay near
    Tsne,
    /// The two principal axes: distances keep a meaning
    Pca,
}

fn perplexity(text: &str) -> Result<f32, String> {
    let found: f32 = text.parse().map_err(|e| format!("{e}"))?;
    let fits = (1.0..=1000.0).contains(&found);
    fits.then_some(found)
        .ok_or_else(|| "expected 1 to 1000".to_owned())
}

/// What is written.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Page,
    Drawing(Form),
    Table(Table),
}

impl Kind {
    /// Told by the end of a name.
    fn of(path: &Path) -> Result<Self, Failure> {
        let end = path.extension().unwrap_or_default().to_string_lossy();
        Ok(match end.to_ascii_lowercase().as_str() {
            "html" | "htm" => Self::Page,
            "csv" => Self::Table(Table::Csv),
            "tsv" => Self::Table(Table::Tsv),
            "jsonl" => Self::Table(Table::Jsonl),
            _ => {
                let form = Form::of(path);
                Self::Drawing(form.ok_or_else(|| Failure::NoMap(path.to_path_buf()))?)
            }
        })
    }

    fn words(self) -> usize {
        match self {
            Self::Page | Self::Table(_) => MANY,
            Self::Drawing(_) => FEW,
        }
    }
}

/// Draws the map and writes it.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let kind = Kind::of(&args.output)?;
    args.check_paths()?;
    format::probe_output(&args.output)?;
    let labels = args.labels.as_deref().map(Categories::read).transpose()?;
    Interrupt::install_at_once()?;
    let model = ModelArgs::at(&args.model).open()?;
    let ids = args.ids(&model, kind)?;
    let mut talk = Talk::new(args.quiet, RunLog::none());
    let mut map = draw(&model.embeddings, &ids, &args.layout, &mut talk)?;
    let left_out = ids.len() - map.len();
    if left_out > 0 {
        talk.line(&format!(
            "note: {} words have no direction and are left out",
            human::count(left_out as u64)
        ));
    }
    if let Some(labels) = labels {
        let labelled = map.categorize(&labels);
        talk.line(&format!(
            "  {} words have a category",
            human::count(labelled as u64)
        ));
    }
    let name = args.model.file_name().unwrap_or_default().to_string_lossy();
    write(&map, kind, (&args.output, &name), &talk)?;
    let bytes = std::fs::metadata(&args.output).map_or(0, |file| file.len());
    let (words, bytes) = (human::count(map.len() as u64), human::bytes(bytes));
    talk.line(&format!(
        "wrote {}: {words} words, {bytes}",
        args.output.display()
    ));
    Ok(())
}

impl Args {
    /// Refuses to write over what is read.
    fn check_paths(&self) -> Result<(), Failure> {
        let read = [
            vec![ModelArgs::at(&self.model).named()],
            named("--words", self.words.as_slice()),
            named("--labels", self.labels.as_slice()),
        ];
        check_apart(&[("--output", self.output.clone())], &read.concat())
    }

    /// The rows to be drawn, the most frequent first.
    fn ids(&self, model: &Model, kind: Kind) -> Result<Vec<u32>, Failure> {
        let embeddings = &model.embeddings;
        let top = self.top.map_or(kind.words(), NonZeroUsize::get);
        if let Some(word) = &self.around {
            let word = model.word(word)?;
            let near = query::nearest(embeddings, &word, top.saturating_sub(1))?;
            let mut ids: BTreeSet<u32> = near.iter().map(|near| near.id).collect();
            ids.insert(query::find(embeddings, &word)?);
            return Ok(by_frequency(embeddings, ids));
        }
        if let Some(path) = &self.words {
            let words = text::read_words(path)?;
            let find = |word: &String| Ok(query::find(embeddings, &model.word(word)?)?);
            let ids: Result<BTreeSet<u32>, Failure> = words.iter().map(find).collect();
            return Ok(by_frequency(embeddings, ids?));
        }
        Ok(embeddings.most_frequent(top))
    }
}

/// Rows, the most frequent first, and of equals the lower.
fn by_frequency(embeddings: &Embeddings, ids: BTreeSet<u32>) -> Vec<u32> {
    let mut ids: Vec<u32> = ids.into_iter().collect();
    embeddings.sort_by_frequency(&mut ids);
    ids
}

fn draw(
    embeddings: &Embeddings,
    ids: &[u32],
    layout: &LayoutArgs,
    talk: &mut Talk,
) -> Result<WordMap, Failure> {
    let options = MapOptions {
        method: match layout.method {
            MethodName::Tsne => Method::Tsne,
            MethodName::Pca => Method::Pca,
        },
        perplexity: layout.perplexity,
        steps: layout.steps,
        neighbors: layout.neighbors,
        seed: layout.seed,
    };
    let mut stage = Stage::Neighbors;
    let map = WordMap::draw(embeddings, ids, &options, &mut |now, done| {
        if now != stage {
            end(stage, talk);
            stage = now;
        }
        talk.part(name(stage), done);
    });
    end(stage, talk);
    Ok(map?)
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Neighbors => "neighbors",
        Stage::Layout => "layout",
    }
}

/// Says how long a stage took.
fn end(stage: Stage, talk: &mut Talk) {
    let took = human::duration(talk.done());
    talk.line(&format!("  {:9} {took:>12}", name(stage)));
}

/// Writes the map, whole or not at all.
fn write(
    drawn: &WordMap,
    kind: Kind,
    (path, name): (&Path, &str),
    talk: &Talk,
) -> Result<(), Failure> {
    let failed = |e| w2v::Error::io(path, "write", e);
    let title = format!("w2v: {name}");
    if let Kind::Drawing(form) = kind {
        let mut svg = Vec::new();
        map::write_svg(drawn, &title, &mut svg).map_err(failed)?;
        return picture::write(path, form, svg, &|note| talk.line(note));
    }
    let mut file = AtomicFile::create(path)?;
    let mut out = BufWriter::new(&mut file);
    let written = match kind {
        Kind::Table(table) => table.write(drawn, &mut out),
        _ => map::write_page(drawn, &title, &mut out),
    };
    written.and_then(|()| out.flush()).map_err(failed)?;
    drop(out);
    file.commit()?;
    Ok(())
}
