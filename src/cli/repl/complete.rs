//! What the Tab key offers: commands, options, words.

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};
use w2v::embeddings::Embeddings;

/// Words offered at most, the most frequent ones.
const MOST: usize = 100;

/// Knows the words of a model and the commands with their options.
pub(super) struct Completion<'m> {
    words: &'m Embeddings,
    commands: Vec<Command>,
}

struct Command {
    name: String,
    options: Vec<String>,
}

impl<'m> Completion<'m> {
    /// The words of `embeddings`, the subcommands of `line`.
    pub(super) fn new(embeddings: &'m Embeddings, line: &clap::Command) -> Self {
        let command = |command: &clap::Command| Command {
            name: command.get_name().to_owned(),
            options: command
                .get_arguments()
                .filter_map(|argument| Some(format!("--{}", argument.get_long()?)))
                .collect(),
        };
        let help = Command {
            name: "help".to_owned(),
            options: Vec::new(),
        };
        let commands = line.get_subcommands().map(command);
        Self {
            words: embeddings,
            commands: commands.chain([help]).collect(),
        }
    }

    /// Where the last field of `line` begins, and what it may become.
    pub(super) fn offer(&self, line: &str) -> (usize, Vec<String>) {
        let start = match line.match_indices('"').map(|(at, _)| at).next_back() {
            // Within quotes a word may hold spaces.
            Some(at) if line.matches('"').count() % 2 == 1 => at,
            _ => line.rfind(char::is_whitespace).map_or(0, |at| {
                at + line[at..].chars().next().map_or(1, char::len_utf8)
            }),
        };
        let (before, typed) = line.split_at(start);
        let first = before.split_whitespace().next();
        let mut found = Vec::new();
        if typed.starts_with('-') {
            let named = |name: &str| self.commands.iter().find(|c| c.name == name);
            let command = first.and_then(named).or_else(|| named("nearest"));
            let options = command.into_iter().flat_map(|c| &c.options);
            found.extend(options.filter(|o| o.starts_with(typed)).cloned());
            return (start, found);
        }
        if matches!(first, None | Some("help")) {
            let names = self.commands.iter().map(|c| &c.name);
            found.extend(names.filter(|name| name.starts_with(typed)).cloned());
        }
        let prefix = typed.trim_start_matches('"');
        if !prefix.is_empty() && first != Some("help") {
            found.extend(self.words_with(prefix));
        }
        (start, found)
    }

    /// Words that begin so, or else so in small letters, as they are typed.
    fn words_with(&self, prefix: &str) -> Vec<String> {
        let mut ids = self.words.with_prefix(prefix);
        if ids.is_empty() {
            ids = self.words.with_prefix(&prefix.to_lowercase());
        }
        self.words.sort_by_frequency(&mut ids);
        let words = ids.into_iter().take(MOST).map(|id| self.words.word(id));
        let quote = |word: &str| match word.contains(char::is_whitespace) {
            true => format!("\"{}\"", word.replace('"', "\"\"")),
            false => word.to_owned(),
        };
        words.map(quote).collect()
    }
}

impl Completer for Completion<'_> {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let (start, mut found) = self.offer(&line[..at]);
        if let [only] = &mut found[..] {
            only.push(' ');
        }
        Ok((start, found))
    }
}

impl Hinter for Completion<'_> {
    type Hint = String;
}

impl Highlighter for Completion<'_> {}

impl Validator for Completion<'_> {}

impl Helper for Completion<'_> {}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use w2v::embeddings::{Metadata, OwnedEmbeddings};

    use super::*;

    /// Given vectors come first, however rare their words are in the text.
    #[test]
    fn the_most_frequent_words_are_offered() {
        let rows = MOST + 1;
        let words = (0..rows).map(|i| (format!("w{i}"), i as u64));
        let owned = OwnedEmbeddings::from_words(words, Array2::ones((rows, 2)));
        let model = Embeddings::from_owned(owned, Metadata::default());
        let (_, offered) = Completion::new(&model, &clap::Command::new("line")).offer("nearest w");
        assert_eq!(offered.len(), MOST);
        assert_eq!(offered[..2], ["w100", "w99"]);
        assert!(!offered.contains(&"w0".to_owned()));
    }
}
