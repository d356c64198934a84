//! `w2v train`.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use w2v::corpus::{Corpus, ScanOptions};
use w2v::embeddings::Embeddings;
use w2v::format::{self, Format, Stored, WriteOptions};
use w2v::graph::Graph;
use w2v::text::read_words;
use w2v::train::{
    Checkpoints, Given, InputKind, TrainConfig, TrainOptions, Trained, Training, Vectors,
    kept_share,
};

use super::Failure;
use super::checkpoint_args::{CheckpointArgs, Keeping, Resumed, claim};
use super::given_args::{self, GivenArgs};
use super::graph_args::GraphArgs;
use super::human;
use super::interrupt::Interrupt;
use super::kinds::{LINES, OVERVIEW};
use super::log::{Event, RunLog};
use super::loss;
use super::model::DEFAULT_PATH;
use super::paths::{Named, check_apart, named};
use super::phrase_args::PhraseArgs;
use super::progress::Talk;
use super::report::{self, Run};
use super::scan::{or_interrupted, scan_text};
use super::scores::{self, Set};
use super::summary::Summary;
use super::text_args::{InputArgs, KeepArgs, WordArgs, scan_options};
use super::things_args::ThingsArgs;
use super::trainer_args::TrainerArgs;
use super::written_args::{WrittenArgs, losses};

/// Share of the tokens below which subsampling leaves too few.
const FEW: f64 = 0.25;

const EXAMPLES: &str = "\
Examples:
  w2v train corpus.txt
  w2v train a.txt b.txt.gz folder -o books.w2v
  w2v train posts.jsonl.zst --field text --urls replace
  zcat news.gz | w2v train - --dim 200 --epochs 10
  w2v train notes.txt --init news.vec           begin with vectors that you have
  w2v train corpus.txt --threads 1 --seed 7     the same bytes every time";

impl Args {
    /// The format of the output: that of no known name is the native one.
    fn format(&self) -> Format {
        self.written.format(&self.output).unwrap_or(Format::Native)
    }

    /// Checks that the output can hold what it shall.
    fn check_output(&self, with_output_rows: bool) -> Result<(), Failure> {
        self.written.numbers(self.format())?;
        if with_output_rows && self.format() != Format::Native {
            return Err(Failure::NoOutputRows(self.output.clone()));
        }
        Ok(())
    }

    /// Writes the vectors. Words that the format cannot hold are told, for the work is done. Where the output is
    /// refused, they go where the run is `kept`.
    fn save(
        &self,
        embeddings: &Embeddings,
        kept: Option<&Path>,
        talk: &Talk,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let format = self.format();
        let numbers = self.written.numbers(format)?;
        let options = WriteOptions {
            skip_unwritable: true,
            numbers,
            ..Default::default()
        };
        let written = format::save_as(&self.output, format, embeddings, &options);
        let written = written.map_err(|source| match kept {
            Some(path) if format::save(path, embeddings).is_ok() => {
                let path = path.to_path_buf();
                let source = Box::new(source);
                Failure::Elsewhere { source, path }
            }
            _ => source.into(),
        })?;
        interrupt.wrote(&self.output);
        interrupt.be_patient(false);
        let losses = losses(&written, format, numbers);
        losses.iter().for_each(|line| talk.line(line));
        if numbers != Stored::default()
            && let Some(line) = loss::measured(embeddings, &self.output)?
        {
            talk.line(&line);
        }
        Ok(())
    }
}

/// Train vectors of words, items, nodes or categories
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, before_help = format!("{OVERVIEW}\n\n{LINES}"))]
pub(crate) struct Args {
    /// Where to write the vectors; the end of the name tells the format (.bin .txt .vec .npy ... as
    /// for convert), any other one is the native format
    #[arg(short, long, value_name = "FILE", default_value = DEFAULT_PATH)]
    output: PathBuf,
    /// Say nothing but errors
    #[arg(short, long)]
    quiet: bool,
    /// Write what happens to a file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Write a page to look at: curves, facts, configuration, examples
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Score the vectors on this set of analogies or word pairs, after every epoch and at the end; may
    /// be given several times
    #[arg(long, value_name = "FILE")]
    eval: Vec<PathBuf>,
    #[command(flatten)]
    written: WrittenArgs,
    #[command(flatten)]
    things: ThingsArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    words: WordArgs,
    #[command(flatten)]
    keep: KeepArgs,
    /// Keep the words of this list and no others, however rare: a word a line, with its count or
    /// without, as `w2v vocab` writes them (after a tab; a number after the one space is a count, too)
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Vocabulary",
        conflicts_with = "min_count"
    )]
    vocab: Option<PathBuf>,
    #[command(flatten)]
    phrases: PhraseArgs,
    #[command(flatten)]
    given: GivenArgs,
    #[command(flatten)]
    trainer: TrainerArgs,
    #[command(flatten)]
    checkpoint: CheckpointArgs,
}

impl Args {
    /// What was typed, and what suits the input for the rest.
    fn options(&self, given: Option<&Given>) -> TrainOptions {
        let text = self.trainer.usual(&self.given.begun(given));
        let usual = self.things.kind().usual(text);
        let mut options = self.trainer.options(&self.given.defaults(usual, given));
        options.walks = options.walks.map(|walks| self.things.graph.walks(walks));
        // Items keep output rows where that can be, unless something else is asked for.
        let can = self.format() == Format::Native && options.vectors == Vectors::Input;
        if self.things.kind().is_items() && !self.trainer.keeps_output() && !can {
            options.keep_output = false;
        }
        options
    }

    /// Refuses one file for two purposes; all files that are written. The output alone may replace the vectors that
    /// training begins with.
    fn check_paths(&self, resumed: Option<&Resumed>) -> Result<Vec<Named>, Failure> {
        let checkpoint = self.checkpoint.place(&self.output, resumed);
        let older = checkpoint.as_deref().map(Checkpoints::older);
        let mut written = [
            named("--log", self.log.as_slice()),
            named("--report", self.report.as_slice()),
            named("the checkpoint", checkpoint.as_slice()),
            named("the older checkpoint", older.as_slice()),
            named(
                "the file beside --output",
                &self.format().beside(&self.output),
            ),
        ]
        .concat();
        check_apart(&written, &self.given.vectors())?;
        written.push(("--output", self.output.clone()));
        let read = [
            named("the text", self.input.texts.paths()),
            named("--eval", &self.eval),
            named("--vocab", self.vocab.as_slice()),
            self.words.lists(),
            self.phrases.lists(),
            self.given.lists(),
        ];
        check_apart(&written, &read.concat())?;
        Ok(written)
    }

    /// Takes what may be another when a run is gone on with.
    pub(crate) fn change(&mut self, quiet: bool, inputs: Vec<PathBuf>) {
        self.quiet |= quiet;
        if !inputs.is_empty() {
            self.input.texts.move_to(inputs);
        }
    }
}

/// Scans, trains, saves; what happens is logged where that is wanted.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    start_or_go_on(&args, None)
}

/// Goes on with a run from where it was.
pub(crate) fn go_on(args: Args, resumed: Resumed) -> Result<(), Failure> {
    start_or_go_on(&args, Some(&resumed))
}

fn start_or_go_on(args: &Args, resumed: Option<&Resumed>) -> Result<(), Failure> {
    let written = args.check_paths(resumed)?;
    let given = args.given.open()?;
    let options = match resumed {
        Some(resumed) => resumed.options(),
        None => args.options(given.as_ref()),
    };
    let config = options.validate()?;
    let mut scan = ScanOptions {
        min_count: (args.keep.min_count).unwrap_or(args.things.min_count()),
        max_vocab: args.keep.max_vocab(),
        phrases: args.phrases.options()?,
        only: args.vocab.as_deref().map(read_words).transpose()?,
        ..scan_options(&args.input, &args.words, config.threads())?
    };
    scan.sources.without = written.into_iter().map(|(_, path)| path).collect();
    args.things.scan(&mut scan);
    if let Some(given) = &given {
        given.check(config.options())?;
        let with_phrases = args.phrases.is_typed();
        (args.given).check(given, args.things.kind(), with_phrases)?;
        args.given.scan(given, &mut scan)?;
    }
    // As the scan will set it: a model's passes are not those of this run.
    scan.text.phrases = scan.phrases.passes;
    args.format().probe(&args.output)?;
    if let Some(path) = &args.report {
        format::probe_output(path)?;
    }
    let sets: Vec<Set> = args.eval.iter().map(Set::read).collect::<Result<_, _>>()?;
    args.check_output(config.options().keep_output)?;
    let _claim = claim(&args.output, resumed.is_some())?;
    let keeping = args.checkpoint.keeping(&args.output, resumed)?;
    let log = RunLog::create(
        args.log.as_deref(),
        args.report.is_some(),
        resumed.is_some(),
    )?;
    let mut talk = Talk::new(args.quiet, log);
    let job = Job {
        args,
        config: &config,
        scan: &scan,
        given: given.as_ref(),
        keeping: keeping.as_ref(),
        resumed,
        sets: &sets,
    };
    let result = job
        .work(&mut talk)
        .and_then(|model| look_at(&model, &sets, &mut talk));
    if let Err(failure) = &result {
        talk.log.record(Event::Failed {
            error: failure.to_string(),
        });
    }
    // A run that failed has a report too.
    result.and(write_report(args, &mut talk))
}

fn write_report(args: &Args, talk: &mut Talk) -> Result<(), Failure> {
    match (&args.report, talk.log.take()) {
        (Some(path), Some(records)) => {
            let name = args.output.display().to_string();
            report::write(path, &[Run { name, records }])
        }
        _ => Ok(()),
    }
}

/// A run, all of it settled.
struct Job<'a> {
    args: &'a Args,
    config: &'a TrainConfig,
    scan: &'a ScanOptions,
    given: Option<&'a Given>,
    keeping: Option<&'a Keeping>,
    resumed: Option<&'a Resumed>,
    sets: &'a [Set],
}

impl Job<'_> {
    /// From text to a file of vectors.
    fn work(&self, talk: &mut Talk) -> Result<Embeddings, Failure> {
        let began = Instant::now();
        let interrupt = Interrupt::install()?;
        start(self, talk);
        if let Some(resumed) = self.resumed {
            interrupt.kept(&resumed.path);
            resumed.tell(talk);
        }
        let options = self.config.options();
        let (graph, corpus) = self.read(talk, &interrupt)?;
        let scanned = began.elapsed();
        hint(self.config, &corpus, talk);
        if let Some(given) = self.given {
            given_args::tell(given, &corpus, talk);
        }
        let trained = self.train((&corpus, graph.as_ref()), talk, &interrupt)?;
        let walk = options.walks.map_or(1, |walks| walks.length);
        let tokens = corpus.tokens() as f64 * walk as f64 * options.epochs as f64;
        talk.log.record(Event::Trained {
            train_seconds: trained.elapsed.as_secs_f64(),
            words_per_second: (tokens / trained.elapsed.as_secs_f64().max(1e-6)).round(),
            loss: trained.loss.clone(),
        });
        let saving = Instant::now();
        let output = &self.args.output;
        let kept = self.keeping.map(|keeping| keeping.path.as_path());
        // What is learnt is not thrown away, however long it takes to write.
        interrupt.be_patient(true);
        (self.args).save(&trained.embeddings, kept, talk, &interrupt)?;
        // As the time of training, which counts what was trained before, too.
        let before = self.resumed.map(|resumed| resumed.checkpoint.elapsed());
        let before = before.unwrap_or_default();
        let summary = Summary {
            output,
            bytes: std::fs::metadata(output).map_or(0, |file| file.len()),
            trained: &trained,
            text: corpus.facts().bytes,
            tokens,
            scan: scanned,
            save: saving.elapsed(),
            total: began.elapsed() + before,
        };
        talk.log.record(Event::Saved {
            output: output.display().to_string(),
            bytes: summary.bytes,
            words: trained.embeddings.len() as u64,
            dim: trained.embeddings.dim() as u64,
        });
        talk.line(&summary.to_string());
        if let Some(keeping) = self.keeping {
            keeping.remove(&interrupt);
        }
        match interrupt.asked() {
            true => Err(interrupt.failure()),
            false => Ok(trained.embeddings),
        }
    }

    /// What is trained on.
    fn read(
        &self,
        talk: &mut Talk,
        interrupt: &Interrupt,
    ) -> Result<(Option<Graph>, Corpus), Failure> {
        let things = &self.args.things;
        match things.kind() {
            InputKind::Graph => {
                let options = self.config.options();
                let read = GraphArgs::read((self.scan, options), talk, interrupt);
                read.map(|(graph, corpus)| (Some(graph), corpus))
            }
            InputKind::Table => {
                let table = things.table.learn(self.scan, talk, interrupt)?;
                Ok((None, scan_text(&table.scan, talk, interrupt)?))
            }
            _ => Ok((None, scan_text(self.scan, talk, interrupt)?)),
        }
    }

    /// Trains, and shows how it goes.
    fn train(
        &self,
        (corpus, graph): (&Corpus, Option<&Graph>),
        talk: &mut Talk,
        interrupt: &Interrupt,
    ) -> Result<Trained, Failure> {
        let epochs = self.config.options().epochs;
        let talk = RefCell::new(talk);
        let mut training = Training::new(self.config, corpus)
            .walk(graph)
            .given(self.given)
            .look(scores::look(self.sets, &talk));
        if let Some(resumed) = self.resumed {
            training = training.resume(&resumed.checkpoint);
        }
        if let Some(keeping) = self.keeping {
            training = training.keep(keeping.checkpoints(&talk, interrupt));
        }
        let mut said = false;
        let result = training.run(&mut |progress| {
            let mut talk = talk.borrow_mut();
            talk.training(progress, epochs);
            let keeps = self.keeping.is_some_and(|k| k.keeps_at_end(interrupt));
            interrupt.be_patient(keeps);
            if !interrupt.asked() {
                return ControlFlow::Continue(());
            }
            if keeps && !std::mem::replace(&mut said, true) {
                talk.line("interrupted: writing a checkpoint; Ctrl-C again stops at once");
            }
            ControlFlow::Break(())
        });
        talk.borrow_mut().done();
        or_interrupted(result, interrupt)
    }
}

/// Scores the vectors, and takes examples for the log and the report.
fn look_at(model: &Embeddings, sets: &[Set], talk: &mut Talk) -> Result<(), Failure> {
    for set in sets {
        let score = set.score(model)?;
        talk.line(&scores::line(&score));
        talk.log.record(Event::Scored(score));
    }
    if !talk.log.is_off() {
        for example in report::examples(model)? {
            talk.log.record(example);
        }
    }
    Ok(())
}

/// All that decides the result, as it was asked for.
fn start(job: &Job<'_>, talk: &mut Talk) {
    let Job { args, scan, .. } = job;
    let mut training = job.config.describe();
    training.extend(job.given.map(Given::describe).unwrap_or_default());
    let listed = training
        .iter()
        .map(|(name, value)| format!("{name} {value}"));
    let listed: Vec<String> = listed.collect();
    let asked = args.things.describe(scan);
    talk.line(concat!("w2v ", env!("CARGO_PKG_VERSION")));
    talk.line(&human::list(
        "text",
        WordArgs::describe(scan, &asked).iter().map(String::as_str),
    ));
    talk.line(&human::list("training", listed.iter().map(String::as_str)));
    let mut text = scan.text.to_map();
    if scan.detect_tokenizer {
        // What it turns out to be is told after the scan.
        text.insert("tokenizer".to_owned(), "auto".to_owned());
    }
    text.extend(asked);
    talk.log.record(Event::Start {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        inputs: scan.inputs.iter().map(ToString::to_string).collect(),
        output: args.output.display().to_string(),
        text,
        training,
    });
}

/// Says so when subsampling would leave little: in a small vocabulary every word is frequent.
fn hint(config: &TrainConfig, corpus: &Corpus, talk: &Talk) {
    let threshold = config.options().subsample;
    let share = kept_share(corpus.vocab(), threshold);
    if share < FEW {
        talk.line(&format!(
            "note: --subsample {threshold} drops {:.0} % of these tokens;\n      \
             --subsample 0 suits a vocabulary as small as this",
            100.0 * (1.0 - share)
        ));
    }
}
