use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use proptest::prelude::*;

use super::scan::scan_in_blocks;
use super::*;
use crate::error::{CorpusError, Error, TextError};
use crate::text::{Tokenizer, TokenizerKind};

pub(super) struct Text {
    folder: tempfile::TempDir,
    inputs: Vec<Input>,
}

impl Text {
    pub(super) fn new(files: &[&[u8]]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |(i, bytes): (usize, &&[u8])| {
            let path = folder.path().join(format!("{i}.txt"));
            std::fs::write(&path, bytes).unwrap();
            Input::Path(path)
        };
        let inputs = files.iter().enumerate().map(write).collect();
        Self { folder, inputs }
    }

    pub(super) fn options(&self) -> ScanOptions {
        ScanOptions {
            inputs: self.inputs.clone(),
            threads: 2,
            ..ScanOptions::default()
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("0.txt")
    }
}

fn scan(options: &ScanOptions) -> Result<Corpus> {
    Corpus::scan(options, &mut |_| true)
}

fn segment_of(corpus: &Corpus, index: usize) -> Vec<u32> {
    let mut ids = Vec::new();
    corpus.read_segment(index, &mut ids);
    ids
}

/// The sentences of all segments, as words.
pub(super) fn sentences(corpus: &Corpus) -> Vec<Vec<String>> {
    let mut sentences: Vec<Vec<String>> = Vec::new();
    for segment in 0..corpus.segments() {
        let ids = segment_of(corpus, segment);
        assert!(ids.first().is_none_or(|id| id & SENTENCE_START != 0));
        for id in ids {
            if id & SENTENCE_START != 0 {
                sentences.push(Vec::new());
            }
            let word = corpus.vocab().word(id & !SENTENCE_START);
            sentences.last_mut().unwrap().push(word.to_owned());
        }
    }
    sentences
}

#[test]
fn lines_files_and_marks() {
    let text = Text::new(&[
        b"\xEF\xBB\xBFThe cat\r\n\r\n\nsat on the mat",
        b"",
        b"The rare dog.\nrarer THE\xFF end\n",
    ]);
    let corpus = scan(&text.options()).unwrap();
    let expected = "the cat|sat on the mat|the rare dog|rarer the end";
    let found: Vec<String> = sentences(&corpus).iter().map(|s| s.join(" ")).collect();
    assert_eq!(found.join("|"), expected);
    let facts = corpus.facts();
    assert_eq!((facts.lines, facts.tokens, facts.types), (6, 12, 9));
    assert_eq!((facts.replaced, facts.nuls, facts.bytes), (1, 0, 55));
    assert_eq!(corpus.tokens(), 12);

    let rare = ScanOptions {
        min_count: 2,
        ..text.options()
    };
    let corpus = scan(&rare).unwrap();
    // The mark of a dropped first word moves on; a sentence without words vanishes.
    assert_eq!(sentences(&corpus), [["the"]; 4]);
    assert_eq!(corpus.vocab().counts(), [4]);
    let capped = ScanOptions {
        max_vocab: Some(2),
        ..text.options()
    };
    assert_eq!(scan(&capped).unwrap().vocab().word(1), "cat");
}

/// A text in which word i comes about N / i times, in lines of many lengths, some not ASCII.
pub(super) fn zipf_text(lines: usize) -> String {
    let mut state = 1_u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    let mut text = String::new();
    for line in 0..lines {
        for _ in 0..line % 23 {
            let rank = (5_000_f64.powf(next())) as u32;
            let word = if rank.is_multiple_of(7) { "Über" } else { "w" };
            text.push_str(&format!("{word}{rank}, "));
        }
        text.push('\n');
    }
    text
}

#[test]
fn result_depends_on_neither_threads_nor_blocks() {
    let zipf = zipf_text(2_000);
    let (left, right) = zipf.split_at(zipf.len() / 3);
    let text = Text::new(&[left.as_bytes(), right.as_bytes()]);
    let options = ScanOptions {
        min_count: 3,
        ..text.options()
    };
    let expected = scan(&options).unwrap();
    let expected_sentences = sentences(&expected);
    for (threads, block) in [(1, 1 << 20), (3, 4 << 10), (2, 700), (7, 1 << 14)] {
        let options = ScanOptions {
            threads,
            ..options.clone()
        };
        let corpus = scan_in_blocks(&options, block, &mut |_| true).unwrap();
        assert_eq!(corpus.facts(), expected.facts());
        assert_eq!(corpus.vocab().counts(), expected.vocab().counts());
        assert_eq!(sentences(&corpus), expected_sentences, "{threads} {block}");
    }
}

#[test]
fn counts_equal_a_plain_map() {
    let zipf = zipf_text(1_000);
    let mut counts = BTreeMap::new();
    for token in Tokenizer::new(&TextOptions::default())
        .unwrap()
        .tokens(&zipf)
    {
        *counts.entry(token).or_insert(0_u64) += 1;
    }
    let mut expected: Vec<(String, u64)> = counts.into_iter().collect();
    expected.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), word.clone()));
    let corpus = scan(&Text::new(&[zipf.as_bytes()]).options()).unwrap();
    let vocab = corpus.vocab();
    let found =
        (0..vocab.len() as u32).map(|id| (vocab.word(id).to_owned(), vocab.counts()[id as usize]));
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn compressed_inputs_of_several_members() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
    let skippable = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
    let gz = [gzip(b"one two\nth"), gzip(b"ree\n")].concat();
    let zst = [&zstd(b"four fi")[..], &skippable, &zstd(b"ve")].concat();
    let text = Text::new(&[&gz, &zst, b"six"]);
    let corpus = scan(&text.options()).unwrap();
    let found: Vec<String> = sentences(&corpus).iter().map(|s| s.join(" ")).collect();
    assert_eq!(found, ["one two", "three", "four five", "six"]);

    for (whole, format) in [(&gz, "gzip"), (&zst, "zstd")] {
        for length in [whole.len() - 1, whole.len() - 5, 8] {
            let cut = Text::new(&[&whole[..length]]);
            let error = scan(&cut.options()).unwrap_err().to_string();
            assert!(error.contains(&format!("{format} data are cut")), "{error}");
            assert!(error.contains("0.txt"), "{error}");
        }
    }
}

#[test]
fn errors_name_the_cure() {
    let text = Text::new(&[b"a b b\nb c"]);
    let missing = ScanOptions {
        inputs: vec![Input::Path(text.folder.path().join("nothing.txt"))],
        ..text.options()
    };
    let error = scan(&missing).unwrap_err();
    assert!(matches!(error, Error::Text(TextError::NotFound { .. })));
    let rare = ScanOptions {
        min_count: 5,
        ..text.options()
    };
    let error = scan(&rare).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{}: every word is below --min-count 5: 5 tokens of 3 types, the most frequent one \
             3 times; use --min-count 3 or lower, or more text",
            text.path().display()
        )
    );
    let empty = Text::new(&[b" ... \n"]);
    let error = scan(&empty.options()).unwrap_err();
    assert!(matches!(
        error,
        Error::Corpus(CorpusError::Empty { bytes: 6, .. })
    ));
}

#[test]
fn a_scan_can_be_stopped() {
    let text = Text::new(&[b"a b c\n"]);
    let error = Corpus::scan(&text.options(), &mut |_| false).unwrap_err();
    assert!(matches!(error, Error::Text(TextError::Interrupted)));
}

#[test]
fn pieces_are_what_they_were_cut_from() {
    // Small ids and such as take several bytes more.
    let words = (0..70_000).map(|i| (format!("w{i}"), 70_000 - i));
    let vocab = Vocab::from_counts(words, 1, None);
    let sentences: Vec<Vec<u32>> = (0..300_u32)
        .map(|line| {
            (0..line % 19)
                .map(|i| (line * 7_919 + i * 61_441) % 70_000)
                .collect()
        })
        .collect();
    let corpus = Corpus::from_sentences(vocab, sentences.clone());
    let all = segment_of(&corpus, 0);
    let plain: Vec<u32> = all.iter().map(|id| id & !SENTENCE_START).collect();
    assert_eq!(plain, sentences.concat());
    for aim in [0, 1, 7, 1_000, 1 << 20] {
        let (mut found, mut ids) = (Vec::new(), Vec::new());
        for piece in corpus.cut(|left| aim.min(left.len() + 1)) {
            corpus.read(piece, &mut ids);
            assert_eq!(ids.len(), piece.tokens());
            found.extend_from_slice(&ids);
        }
        assert_eq!(found, all, "{aim}");
    }
    assert!(corpus.bytes_of_ids() < 3 * corpus.tokens());
}

/// With words between that were dropped: in the middle of sentences, at their borders, sentences of nothing else.
#[test]
fn pieces_of_a_text_are_what_its_segments_are() {
    let text = Text::new(&[zipf_text(3_000).as_bytes()]);
    for (min_count, dropped) in [(1, false), (3, true), (200, true)] {
        let options = ScanOptions {
            min_count,
            threads: 2,
            ..text.options()
        };
        let corpus = scan_in_blocks(&options, 1 << 13, &mut |_| true).unwrap();
        let all: Vec<u32> = (0..corpus.segments())
            .flat_map(|index| segment_of(&corpus, index))
            .collect();
        assert_eq!(all.len() as u64, corpus.tokens());
        assert_eq!(corpus.tokens() < corpus.facts().tokens, dropped);
        for aim in [1, 2, 7, 100, 1 << 20] {
            let mut ids = Vec::new();
            let pieces = corpus.cut(|left| aim.min(left.len())).into_iter();
            let found = pieces.flat_map(|piece| {
                corpus.read(piece, &mut ids);
                assert_eq!(ids.len(), piece.tokens());
                ids.clone()
            });
            assert!(found.eq(all.iter().copied()), "{min_count} {aim}");
        }
        let segments = 0..corpus.segments();
        let after = segments.flat_map(|index| segment_of(&corpus, index));
        assert!(after.eq(all), "{min_count}");
    }
}

#[test]
fn a_long_line_is_cut_between_words() {
    let words: Vec<String> = (0..3_000).map(|i| format!("w{i}")).collect();
    let text = Text::new(&[words.join(" ").as_bytes()]);
    let options = ScanOptions {
        text: TextOptions::new(TokenizerKind::Whitespace),
        ..text.options()
    };
    let corpus = scan_in_blocks(&options, 1_000, &mut |_| true).unwrap();
    assert_eq!(corpus.facts().lines, 1);
    assert_eq!(sentences(&corpus).concat(), words);
    // No white space at all: every character is kept whole.
    let snow = "雪".repeat(5_000);
    let text = Text::new(&[snow.as_bytes()]);
    let corpus = scan_in_blocks(&text.options(), 1_000, &mut |_| true).unwrap();
    assert_eq!(corpus.facts().replaced, 0);
    assert_eq!(corpus.vocab().counts(), [5_000]);
}

#[test]
fn a_listed_vocabulary_is_kept_whole() {
    let text = Text::new(&[b"a b b c\nd b\n"]);
    let only = |words: &[&str]| ScanOptions {
        only: Some(words.iter().map(|w| w.to_string()).collect()),
        min_count: 2,
        ..text.options()
    };
    let corpus = scan(&only(&["c", "d", "b", "z"])).unwrap();
    assert_eq!(sentences(&corpus), [vec!["b", "b", "c"], vec!["d", "b"]]);
    assert_eq!(corpus.vocab().counts(), [3, 1, 1]);
    let error = scan(&only(&["z"])).unwrap_err();
    assert!(matches!(
        error,
        Error::Corpus(CorpusError::NoneListed { types: 4, .. })
    ));
}

#[test]
fn result_is_the_same_within_little_memory() {
    let zipf = zipf_text(6_000);
    let text = Text::new(&[zipf.as_bytes()]);
    for (min_count, max_vocab) in [(1, None), (3, None), (2, Some(100))] {
        let options = ScanOptions {
            min_count,
            max_vocab,
            ..text.options()
        };
        let expected = scan_in_blocks(&options, 1 << 12, &mut |_| true).unwrap();
        assert_eq!(expected.bytes_on_disk(), 0);
        // Ids alone go to disk, then words too, in a few runs or in one for every block or so.
        for (memory, threads) in [(300_000, 1), (100_000, 2), (20_000, 3), (1, 1)] {
            let options = ScanOptions {
                memory: Some(memory),
                temp_dir: Some(text.folder.path().to_path_buf()),
                threads,
                ..options.clone()
            };
            let corpus = scan_in_blocks(&options, 1 << 12, &mut |_| true).unwrap();
            assert!(corpus.bytes_on_disk() > 0, "{memory}");
            assert_eq!(corpus.facts(), expected.facts(), "{memory}");
            assert_eq!(corpus.vocab().counts(), expected.vocab().counts());
            assert_eq!(corpus.segments(), expected.segments());
            for segment in 0..corpus.segments() {
                assert_eq!(segment_of(&corpus, segment), segment_of(&expected, segment));
            }
        }
    }
    // The temporary files have no names.
    assert_eq!(std::fs::read_dir(text.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_for_temporary_files_that_is_not_there_is_named() {
    let text = Text::new(&[b"a b c\n"]);
    let options = ScanOptions {
        memory: Some(1),
        temp_dir: Some(text.folder.path().join("nowhere")),
        ..text.options()
    };
    let error = scan(&options).unwrap_err().to_string();
    assert!(
        error.contains("nowhere: cannot make a temporary file in: "),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let text = Text::new(&[b"a b c\n"]);
    let locked = std::fs::Permissions::from_mode(0o0);
    std::fs::set_permissions(text.path(), locked).unwrap();
    if std::fs::File::open(text.path()).is_ok() {
        return; // Whoever runs this may read everything.
    }
    let folder = ScanOptions {
        inputs: vec![Input::Path(text.folder.path().to_path_buf())],
        ..text.options()
    };
    let error = scan(&folder).unwrap_err().to_string();
    assert!(error.contains("0.txt: cannot open for reading"), "{error}");
}

/// Lines of any bytes.
fn lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let byte = prop_oneof![any::<u8>(), b'a'..=b'e', Just(b' '), Just(0xC3), Just(0xA9)];
    prop::collection::vec(prop::collection::vec(byte, 0..50), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn any_bytes_give_the_same_words_in_any_blocks(lines in lines(), block in 64_usize..900) {
        let bytes = lines.join(&b'\n');
        let text = Text::new(&[&bytes]);
        for kind in [TokenizerKind::Unicode, TokenizerKind::Whitespace] {
            let options = ScanOptions {
                text: TextOptions::new(kind),
                ..text.options()
            };
            match (scan(&options), scan_in_blocks(&options, block, &mut |_| true)) {
                (Ok(whole), Ok(cut)) => {
                    prop_assert_eq!(whole.facts(), cut.facts());
                    prop_assert_eq!(sentences(&whole), sentences(&cut));
                }
                (whole, cut) => {
                    prop_assert_eq!(whole.unwrap_err().to_string(), cut.unwrap_err().to_string());
                }
            }
        }
    }
}
