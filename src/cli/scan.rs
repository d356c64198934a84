//! Scanning a text and saying what it held: for every command that reads texts.

use w2v::corpus::{Corpus, ScanFacts, ScanOptions};

use super::Failure;
use super::human;
use super::interrupt::Interrupt;
use super::progress::Talk;

/// Reads the text and says what it held.
pub(crate) fn scan_text(
    options: &ScanOptions,
    talk: &mut Talk,
    interrupt: &Interrupt,
) -> Result<Corpus, Failure> {
    let result = Corpus::scan(options, &mut |progress| {
        talk.scanning(&progress);
        !interrupt.asked()
    });
    let took = talk.done();
    let corpus = or_interrupted(result, interrupt)?;
    talk.log.scanned(&corpus);
    let facts = corpus.facts();
    talk.line(&format!(
        "scanned {} in {}\n  {} tokens in {} lines, {} distinct words\n  {} words kept, {:.1} % of the tokens",
        human::bytes(facts.bytes),
        human::duration(took),
        human::count(facts.tokens),
        human::count(facts.lines),
        human::count(facts.types),
        human::count(corpus.vocab().len() as u64),
        100.0 * corpus.tokens() as f64 / facts.tokens.max(1) as f64,
    ));
    if options.detect_tokenizer && corpus.text().tokenizer != options.text.tokenizer {
        talk.line(&format!(
            "note: the text begins in Chinese: tokenizer {}",
            corpus.text().tokenizer.name()
        ));
    }
    notes(&corpus, talk);
    Ok(corpus)
}

/// What may be wrong with the text.
pub(crate) fn notes(corpus: &Corpus, talk: &mut Talk) {
    let facts = corpus.facts();
    if corpus.bytes_on_disk() > 0 {
        talk.line(&format!(
            "note: {} of word ids are in a temporary file",
            human::bytes(corpus.bytes_on_disk())
        ));
    }
    if facts.skipped > 0 {
        talk.line(&format!(
            "note: {} records without a readable text were left out",
            human::count(facts.skipped)
        ));
    }
    if let Some(note) = of_replaced(facts) {
        talk.line(&note);
    }
    if facts.nuls > 0 {
        talk.line(&format!(
            "note: {} NUL bytes and {} invalid UTF-8 sequences: is this text?",
            human::count(facts.nuls),
            human::count(facts.replaced)
        ));
    }
}

/// That bytes were no text in the encoding they were read in.
pub(crate) fn of_replaced(facts: &ScanFacts) -> Option<String> {
    let note = || {
        format!(
            "note: {} invalid UTF-8 sequences were replaced by U+FFFD{}",
            human::count(facts.replaced),
            match facts.looks_binary() && facts.nuls == 0 {
                true => "; another --encoding (latin1, gb18030...)?",
                false => "",
            }
        )
    };
    (facts.replaced > 0).then(note)
}

/// The result of a step, unless the user has ended it.
pub(crate) fn or_interrupted<T>(
    result: w2v::Result<T>,
    interrupt: &Interrupt,
) -> Result<T, Failure> {
    result.map_err(|error| match interrupt.asked() {
        true => interrupt.failure(),
        false => Failure::Library(error),
    })
}
