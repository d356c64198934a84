//! Folders, formats, encodings, Chinese and cleaning, and what `vocab` says of them.

use std::fs;

use crate::common::{Folder, small_text};

/// `vocab` on `arguments`, as one line.
#[track_caller]
fn vocab(folder: &Folder, arguments: &str) -> String {
    let outcome = folder.w2v(&format!("vocab --min-count 1 --quiet {arguments}"));
    let outcome = outcome.ok();
    assert_eq!(outcome.stderr, "");
    outcome.stdout.replace('\t', ":").replace('\n', " ")
}

#[test]
fn vocab_writes_words_and_a_summary() {
    let folder = Folder::with_corpus("The cat, the dog.\nA cat!\n");
    let outcome = folder.w2v("vocab corpus.txt --min-count 2").ok();
    assert_eq!(outcome.stdout, "cat\t2\nthe\t2\n");
    for line in [
        "        1          4        100.00 %",
        "        2          2         66.67 %",
        "most frequent: cat the",
        "a sentence: the | cat | the | dog",
        "a sentence: a | cat",
    ] {
        assert!(outcome.stderr.lines().any(|l| l == line), "{outcome:?}");
    }
    let json = folder.w2v("vocab corpus.txt --min-count 1 --max-vocab 1 --json --quiet");
    assert_eq!(json.ok().stdout, "{\"word\":\"cat\",\"count\":2}\n");
    assert_eq!(folder.files(), ["corpus.txt"]);
}

#[test]
fn a_folder_is_read_whole_and_in_order() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("texts/inner")).unwrap();
    folder.write("texts/b.txt", "two two");
    folder.write("texts/a.txt", "one");
    folder.write("texts/inner/c.md", "three");
    assert_eq!(vocab(&folder, "texts"), "two:2 one:1 three:1 ");
    assert_eq!(vocab(&folder, "texts --include *.txt"), "two:2 one:1 ");
    let outcome = folder.w2v("vocab texts --include *.csv");
    outcome.fails(
        1,
        "error: texts: no file that matches --include is in this folder; name another, or another \
         pattern",
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_back_ends() {
    let folder = Folder::new();
    fs::create_dir(folder.path("texts")).unwrap();
    folder.write("texts/a.txt", "one");
    std::os::unix::fs::symlink(folder.path("texts"), folder.path("texts/again")).unwrap();
    assert_eq!(vocab(&folder, "texts"), "one:1 ");
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_named() {
    let folder = Folder::new();
    fs::create_dir(folder.path("texts")).unwrap();
    folder.write("texts/a.txt", "one");
    std::os::unix::fs::symlink("nowhere", folder.path("texts/b.txt")).unwrap();
    folder.w2v("vocab texts --min-count 1").fails(
        1,
        "error: texts/b.txt: cannot look into it: No such file or directory (os error 2); it is in a folder \
         that is read whole: mend it or take it away",
    );
    std::os::unix::fs::symlink("circle", folder.path("circle")).unwrap();
    folder.w2v("vocab circle").fails(
        1,
        "error: circle: cannot look at: Too many levels of symbolic links (os error 40)",
    );
}

#[test]
fn records() {
    let folder = Folder::new();
    folder.write(
        "a.jsonl",
        "{\"a\": {\"text\": \"one two\"}, \"n\": 1}\n{\"a\": {\"text\": \"two\"}}\n",
    );
    folder.write("b.csv", "id,body\n1,\"one, two\"\n2,two\n");
    assert_eq!(vocab(&folder, "a.jsonl --field a.text"), "two:2 one:1 ");
    assert_eq!(vocab(&folder, "b.csv --column body"), "two:2 one:1 ");
    folder.w2v("vocab a.jsonl --field n").fails(
        1,
        "error: a.jsonl, line 1: field \"n\" is a number, not text; correct it, or leave such \
         records out with --skip-bad-lines",
    );
    folder.w2v("vocab a.jsonl --field n.text").fails(
        1,
        "error: a.jsonl, line 1: field \"n\" is a number, not an object with a field \"text\"; correct it, \
         or leave such records out with --skip-bad-lines",
    );
    folder.w2v("vocab b.csv --column text").fails(
        1,
        "error: b.csv, line 1: no column \"text\"; the columns are: id, body",
    );
    folder.write("c.jsonl", "{\"t\": \"one\"}\nnot json\n{\"t\": \"two\"}\n");
    let outcome = folder
        .w2v("vocab c.jsonl --field t --skip-bad-lines --min-count 1")
        .ok();
    assert_eq!(outcome.stdout, "one\t1\ntwo\t1\n");
    let note = "note: 1 records without a readable text were left out";
    assert!(
        outcome.stderr.lines().any(|line| line == note),
        "{outcome:?}"
    );
}

/// Different names that become one are told for whatever is trained on.
#[test]
fn bytes_that_are_no_text_are_told_for_every_kind_of_input() {
    let folder = Folder::new();
    folder.write("edges.tsv", b"# caf\xe9\nk\xf6ln\tbonn\nk\xfcln\tbonn\n");
    folder.write(
        "t.csv",
        b"who,what,when\nk\xf6ln,x,1\nk\xfcln,y,2\nbonn,y,3\nbonn,x,4\n",
    );
    let note = "note: 2 invalid UTF-8 sequences were replaced by U+FFFD; another --encoding (latin1, \
                gb18030...)?\n";
    for input in [
        "edges.tsv --input graph",
        "t.csv --input events --user what --item who --time when",
        "t.csv --input events --user who --item what --time when",
        "t.csv --input table",
    ] {
        let train = format!("train {input} --dim 2 --epochs 1");
        let run = folder.w2v(&train).ok();
        assert!(run.stderr.contains(note), "{run:?}");
        let run = folder.w2v(&format!("{train} --encoding latin1")).ok();
        assert!(!run.stderr.contains("invalid"), "{run:?}");
    }
    folder
        .w2v("train t.csv --input table --columns who,what --dim 2 --epochs 1 -q")
        .ok();
    for keep in ["", "--keep"] {
        let run = folder
            .w2v(&format!("transform t.csv -o out.csv {keep}"))
            .ok();
        assert!(run.stderr.starts_with(note), "{run:?}");
    }
}

/// The reader of rows would take the rest of the file for one cell.
#[test]
fn a_quote_that_nothing_closes_is_refused() {
    let folder = Folder::new();
    let rows = "1\t\"Never mind, he said\n2\tsecond row\n3\tthird row\n";
    folder.write("t.tsv", format!("id\ttext\n0\t\"in\norder\"\n{rows}"));
    let message = "error: t.tsv, line 4: a cell begins with a quote, expected another one at its end, \
                   found the end of the file; close it, or write a cell that begins with a quote as \
                   \"\"\"so\"";
    for arguments in [
        "vocab t.tsv --column text --min-count 1",
        "train t.tsv --column text --min-count 1",
        "train t.tsv --column text --min-count 1 --skip-bad-lines",
        "train t.tsv --input table",
        "train t.tsv --input events --user id --item text --time id",
    ] {
        folder.w2v(arguments).fails(1, message);
    }
    folder.write("fine.csv", "id,text\n1,x\n2,y\n1,x\n2,y\n");
    folder
        .w2v("train fine.csv --input table --dim 2 --epochs 1 -q")
        .ok();
    let refused = folder.w2v("transform t.tsv -o out.csv");
    refused.fails(1, message);
    assert_eq!(folder.files(), ["fine.csv", "t.tsv", "vectors.w2v"]);
}

#[test]
fn encodings() {
    let folder = Folder::new();
    folder.write("latin1.txt", b"caf\xE9");
    let utf16: Vec<u8> = "\u{FEFF}café"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    folder.write("utf16.txt", utf16);
    assert_eq!(vocab(&folder, "latin1.txt --encoding latin1"), "café:1 ");
    assert_eq!(vocab(&folder, "utf16.txt"), "café:1 ");
    // Before anything is said or read.
    for command in ["vocab latin1.txt", "train latin1.txt", "transform t.csv"] {
        let outcome = folder.w2v(&format!("{command} --encoding klingon"));
        assert_eq!(outcome.code, 2);
        let said = "error: invalid value 'klingon' for '--encoding <NAME>': expected an encoding";
        assert!(outcome.stderr.starts_with(said), "{outcome:?}");
    }
}

#[test]
fn cleaning() {
    let folder = Folder::with_corpus("The <b>Café</b> in 1984: http://a.b/c me@d.ef &amp; so\n");
    let words = |arguments: &str| vocab(&folder, &format!("corpus.txt {arguments}"));
    assert_eq!(
        words("--strip-html --urls replace --emails drop --digits zero --strip-accents"),
        "0000:1 <url>:1 cafe:1 in:1 so:1 the:1 "
    );
    assert_eq!(
        words(
            "--strip-html --urls drop --emails drop --stopwords en --lowercase=no --min-length 3"
        ),
        "1984:1 Café:1 The:1 "
    );
    let outcome = folder.w2v("vocab corpus.txt --dictionary d.txt --tokenizer unicode");
    outcome.fails(
        2,
        "error: --dictionary goes with --tokenizer chinese, not with --tokenizer unicode",
    );
}

/// A line is cleaned by itself, unless the lines of a file belong together.
#[test]
fn tags_over_several_lines_go_with_documents() {
    let folder = Folder::with_corpus("up <a\nhref='x'> down\n");
    let words = |options: &str| vocab(&folder, &format!("corpus.txt --strip-html {options}"));
    assert_eq!(words("--sentences document"), "down:1 up:1 ");
    assert_eq!(words(""), "a:1 down:1 href:1 up:1 x:1 ");
}

#[test]
fn stop_words_match_whatever_the_text_becomes() {
    let folder = Folder::with_corpus("The być może काफ\u{93C}ी kot\n");
    folder.write("stop.txt", "The\n");
    let lists = "corpus.txt --stopwords pl --stopwords hi --stopwords stop.txt";
    assert_eq!(vocab(&folder, lists), "kot:1 ");
    let bare = format!("{lists} --strip-accents");
    assert_eq!(vocab(&folder, &bare), "kot:1 ");
}

#[test]
fn stop_words_lose_the_digits_and_marks_of_the_text() {
    let folder = Folder::with_corpus("the 2nd etc. cat e.g. dog The 2nd\n");
    folder.write("stop.txt", "2nd\netc.\ne.g.\n");
    let lists = "corpus.txt --digits zero --stopwords stop.txt";
    assert_eq!(vocab(&folder, lists), "the:2 cat:1 dog:1 ");
}

#[test]
fn lists_are_read_as_they_are_written_or_refused() {
    let folder = Folder::with_corpus("für und für Elise kot\n");
    let utf16: Vec<u8> = "\u{FEFF}für\r\nund\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    folder.write("stop.txt", utf16);
    let lists = "corpus.txt --stopwords stop.txt";
    assert_eq!(vocab(&folder, lists), "elise:1 kot:1 ");
    folder.write("stop.txt", b"und\nf\xFCr\n");
    folder.w2v(&format!("vocab {lists}")).fails(
        1,
        "error: stop.txt, line 2: expected UTF-8, found the byte 0xfc; convert the list: \
         iconv -f latin1 -t utf-8, or whatever it is written in",
    );
}

#[test]
fn the_ends_of_words_keep_their_marks() {
    let folder = Folder::with_corpus("(வித\u{bae} வித\u{bae}\u{bcd}) \"mi mi\u{300}\"\n");
    let trim = "corpus.txt --tokenizer whitespace --punctuation drop --normalization nfc";
    assert_eq!(vocab(&folder, trim), "mi:1 mì:1 விதம:1 விதம்:1 ");
}

#[test]
fn chinese_is_seen_and_asked_in_the_same_way() {
    let mut text = String::new();
    for i in 0..200 {
        let (who, where_) = [("国王", "北京"), ("女王", "上海"), ("公主", "广州")][i % 3];
        text.push_str(&format!("{who}住在{where_}，Ｔ恤很好。\n"));
    }
    let folder = Folder::with_corpus(&text);
    let train = "train corpus.txt --epochs 1 --dim 8 --log run.jsonl";
    let trained = folder.w2v(train).ok();
    let note = "note: the text begins in Chinese: tokenizer chinese";
    assert!(
        trained.stderr.lines().any(|line| line == note),
        "{trained:?}"
    );
    let log = String::from_utf8(folder.read("run.jsonl")).unwrap();
    let told = log
        .lines()
        .filter_map(|line| line.split_once("\"tokenizer\":\""));
    let told: Vec<&str> = told
        .filter_map(|(_, rest)| rest.split('"').next())
        .collect();
    assert_eq!(told, ["auto", "chinese"]);
    let near = folder.w2v("nearest 国王 --top 3").ok();
    assert_eq!(near.words().len(), 3);
    let outcome = folder.w2v("nearest 皇后");
    assert_eq!(outcome.code, 1);
    let model = folder.open("vectors.w2v");
    assert_eq!(model.metadata().text["tokenizer"], "chinese");
    // A word of the user's own stays whole.
    folder.write("own.txt", "国王住在\n");
    let own = vocab(&folder, "corpus.txt --dictionary own.txt");
    assert!(own.contains("国王住在:67 "), "{own}");
    // One that could never be found is refused.
    folder.write("own.txt", "国王住在\n\nT恤 5\nAI芯片\n");
    folder.w2v("vocab corpus.txt --dictionary own.txt").fails(
        1,
        "error: own.txt, line 3: expected a word of Chinese characters alone, found \"T恤\" (and 1 more): \
         the chinese tokenizer cuts whatever is Latin or a digit apart; take such words out",
    );
}

#[test]
fn cleaning_is_stored_and_questions_are_cleaned_too() {
    let folder = Folder::with_corpus(small_text().replace("apple", "Äpfel"));
    folder
        .w2v("train corpus.txt --epochs 1 --dim 8 --strip-accents")
        .ok();
    folder.w2v("nearest ÄPFEL --top 1").ok();
    let text = folder.open("vectors.w2v").metadata().text.clone();
    assert_eq!(text["strip-accents"], "yes");
}

#[test]
fn a_listed_vocabulary_is_kept_whole() {
    let folder = Folder::with_corpus(small_text() + "rare\n");
    folder.write("list.tsv", "rare\t1\nred\t160\napple\t160\nabsent\t9\n");
    let train = "train corpus.txt --vocab list.tsv --epochs 1 --dim 8 --subsample 0";
    folder.w2v(train).ok();
    let model = folder.open("vectors.w2v");
    let words: Vec<&str> = (0..model.len() as u32).map(|id| model.word(id)).collect();
    assert_eq!(words, ["apple", "red", "rare"]);
    folder.write("list.tsv", "absent\n");
    folder.w2v("train corpus.txt --vocab list.tsv -o other.w2v").fails(
        1,
        "error: corpus.txt: none of the words listed with --vocab is among the 21 distinct words \
         of the text; list them as `w2v vocab` writes them",
    );
}

#[test]
fn a_listed_item_may_have_spaces() {
    let folder = Folder::with_corpus("ice cream\ttea\tice\ncream\tice cream 2\trum\n".repeat(5));
    let train = "train corpus.txt --input baskets --vocab list.tsv --epochs 1 --dim 4 --quiet";
    let kept = |list: &str| {
        folder.write("list.tsv", list);
        folder.w2v(train).ok();
        let model = folder.open("vectors.w2v");
        let words = (0..model.len() as u32).map(|id| model.word(id).to_owned());
        words.collect::<Vec<_>>().join("|")
    };
    assert_eq!(kept("ice cream\t2\ntea\t1\n"), "ice cream|tea");
    assert_eq!(kept("ice cream\ntea 1\nrum 0.5\n"), "ice cream|rum|tea");
    assert_eq!(kept("ice cream 2\nrum\n"), "ice cream 2|rum");
}

/// So many distinct words that 16 MB are too little to scan it.
fn text_for_more_than_16_megabytes() -> String {
    let mut text = String::new();
    for i in 0..900_000_u32 {
        let (rare, a, b) = (i.wrapping_mul(2_654_435_761), i % 1_000, i % 999);
        text.push_str(&format!("w{rare} {a} {b}"));
        text.push(if i % 10 == 9 { '\n' } else { ' ' });
    }
    text
}

#[test]
fn little_memory_gives_the_same_words() {
    let folder = Folder::with_corpus(text_for_more_than_16_megabytes());
    let plain = folder
        .w2v("vocab corpus.txt --min-count 2 --threads 2")
        .ok();
    let small = folder.w2v("vocab corpus.txt --min-count 2 --threads 2 --memory 16M --temp-dir .");
    let small = small.ok();
    assert_eq!(small.stdout, plain.stdout);
    assert!(
        small.stderr.contains("word ids are in a temporary file"),
        "{}",
        small.stderr
    );
    assert_eq!(folder.files(), ["corpus.txt"]);
}

#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_scan_and_keeps_no_temporary_files() {
    let folder = Folder::with_corpus(text_for_more_than_16_megabytes());
    // To the program, a limit on the size of files is what a full disk is: writing fails.
    let limited = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let program = folder.command("vocab corpus.txt --threads 2 --quiet --memory 16M --temp-dir .");
    let output = std::process::Command::new("sh")
        .args(["-c", limited])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(folder.path("."))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("error: .: cannot write a temporary file in: "),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    assert_eq!(folder.files(), ["corpus.txt"]);
}
