//! Reads the sources and fails where the house rules are broken: an import that is not in the
//! table of rooms, `unsafe` outside the two rooms for it, a file that is too long.
#![allow(clippy::unwrap_used)] // also in the helpers of tests

use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom; everyone may import `error`.
const ROOMS: &[(&str, &[&str])] = &[
    ("kernels", &[]),
    ("text", &[]),
    ("memory", &["kernels"]),
    ("vocab", &[]),
    ("graph", &["vocab", "memory"]),
    ("corpus", &["text", "vocab", "memory"]),
    ("embeddings", &["vocab", "memory", "kernels"]),
    (
        "train",
        &[
            "vocab",
            "corpus",
            "graph",
            "embeddings",
            "kernels",
            "memory",
            "format",
        ],
    ),
    ("format", &["embeddings", "vocab", "memory"]),
    ("query", &["embeddings", "kernels"]),
    ("eval", &["query", "embeddings"]),
    ("map", &["embeddings", "query"]),
    ("compose", &["text", "embeddings", "kernels"]),
    ("error", &[]),
];

/// The rooms that may hold unsafe code.
const UNSAFE: &[&str] = &["kernels", "memory"];

/// Lines a file may have, its tests included.
const LONGEST: usize = 500;

#[test]
fn imports_follow_the_table() {
    assert_none(
        sources("src")
            .iter()
            .flat_map(|(p, t)| forbidden_edges(p, t)),
    );
}

#[test]
fn unsafe_code_keeps_to_its_rooms() {
    assert_none(sources("src").iter().flat_map(|(p, t)| stray_unsafe(p, t)));
}

/// The blocks of unsafe code have their notes: clippy's `undocumented_unsafe_blocks` sees to it. Of functions that are
/// no part of the interface it asks nothing.
#[test]
fn unsafe_functions_say_what_they_ask_for() {
    assert_none(sources("src").iter().flat_map(|(p, t)| silent(p, t)));
}

#[test]
fn files_are_short() {
    let all = ["src", "tests", "benches"].map(sources).concat();
    assert!(all.len() > 30, "only {} files found", all.len());
    assert_none(all.iter().flat_map(|(p, t)| too_long(p, t)));
}

/// A clock that is set while a run is under way must not disturb its times: they are all of a clock that
/// nobody sets.
#[test]
fn times_are_of_a_clock_that_nobody_sets() {
    let asks = |(path, text): &(PathBuf, String)| {
        let asks = ["SystemTime", "UNIX_EPOCH", "chrono"].map(|name| code(text).contains(name));
        let asks = asks.contains(&true);
        asks.then(|| format!("{}: asks a clock that can be set", path.display()))
    };
    assert_none(sources("src").iter().filter_map(asks));
}

#[test]
fn every_room_is_in_the_table() {
    let folder = root().join("src");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        let known = ROOMS.iter().any(|(room, _)| *room == name);
        assert!(
            known || ["cli", "main", "lib"].contains(&name.as_str()),
            "{name} is in no table"
        );
    }
}

/// Unsafe functions without a section `# Safety`; those of a trait share the trait's duty.
fn silent(path: &Path, text: &str) -> Vec<String> {
    let (mut of_trait, mut said, mut found) = (false, false, Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        let words = line.trim_start();
        let header = line.starts_with("impl") || line.starts_with("unsafe impl");
        if header && line.contains(" for ") || line.contains("trait ") && !words.starts_with("//") {
            of_trait = true;
        }
        of_trait &= line != "}";
        let declares = words.split("unsafe ").nth(1).is_some_and(|rest| {
            (rest.starts_with("fn ") || rest.starts_with("extern ")) && line.contains('(')
        });
        let declares = declares && !words.starts_with("//") && !words.contains('=');
        if declares && !words.contains("unsafe fn(") && !said && !of_trait {
            found.push(format!("{}:{number}: no `# Safety`", path.display()));
        }
        said = (said || words.starts_with("/// # Safety"))
            && (words.starts_with("//") || words.starts_with("#["));
    }
    found
}

/// The checks themselves, each broken on purpose; here and below.
#[test]
fn the_check_of_edges_sees_what_it_should() {
    let edges = |path: &str, text: &str| forbidden_edges(Path::new(path), text).len();
    assert_eq!(edges("src/text/mod.rs", "use crate::vocab::Vocab;"), 1);
    assert_eq!(
        edges(
            "src/text/mod.rs",
            "use crate::{error::Result, vocab, corpus::Corpus};"
        ),
        2
    );
    assert_eq!(
        edges("src/text/mod.rs", "fn f() { crate::corpus::g(); }"),
        1
    );
    assert_eq!(edges("src/text/mod.rs", "use super::vocab::Vocab;"), 1);
    assert_eq!(edges("src/vocab/mod.rs", "use\n    crate::text::Input;"), 1);
    assert_eq!(edges("src/lib.rs", "use crate::vocab::Vocab;"), 0);
    assert_eq!(edges("src/corpus/mod.rs", "use crate::vocab::Vocab;"), 0);
    assert_eq!(
        edges(
            "src/text/mod.rs",
            "//! See [`crate::vocab`].\nuse crate::error::Error;"
        ),
        0
    );
    assert_eq!(
        edges(
            "src/text/mod.rs",
            "#[cfg(test)]\nmod tests { use crate::vocab::Vocab; }"
        ),
        0
    );
    assert_eq!(edges("src/cli/train.rs", "use crate::vocab::Vocab;"), 1);
    assert_eq!(
        edges(
            "src/cli/train.rs",
            "use crate::cli::Failure; use w2v::vocab::Vocab;"
        ),
        0
    );
}

#[test]
fn the_checks_of_lines_see_what_they_should() {
    let silents = |text: &str| silent(Path::new("src/kernels/mod.rs"), text).len();
    assert_eq!(silents("/// Adds.\nunsafe fn f() {}"), 1);
    assert_eq!(
        silents("/// # Safety\n/// None.\n#[inline]\nunsafe fn f() {}"),
        0
    );
    assert_eq!(
        silents("impl T for f32 {\n    unsafe fn f() {}\n}\nunsafe fn g() {}"),
        1
    );

    let unsafes = |path: &str, text: &str| stray_unsafe(Path::new(path), text).len();
    assert_eq!(unsafes("src/text/mod.rs", "fn f() { unsafe { g() } }"), 1);
    assert_eq!(
        unsafes("src/kernels/mod.rs", "fn f() { unsafe { g() } }"),
        0
    );
    assert_eq!(
        unsafes("src/lib.rs", "#![deny(unsafe_code)] // no unsafe here"),
        0
    );

    assert_eq!(
        too_long(Path::new("src/a.rs"), &"\n".repeat(LONGEST)).len(),
        0
    );
    assert_eq!(
        too_long(Path::new("src/a.rs"), &"\n".repeat(LONGEST + 1)).len(),
        1
    );
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn assert_none(broken: impl Iterator<Item = String>) {
    let broken: Vec<String> = broken.collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// Every Rust, Python and JavaScript file below `folder`, its path from the root beside its text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|e| e == "rs" || e == "py" || e == "js")
            {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_path_buf(), text));
            }
        }
    }
    found
}

/// The room of a file below `src/`: its folder, or its own name.
fn room(path: &Path) -> String {
    let second = path.components().nth(1).unwrap().as_os_str();
    Path::new(second)
        .file_stem()
        .unwrap()
        .to_str()
        .unwrap()
        .to_string()
}

/// The text without comments, and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Names that stand right after `prefix`, also those of a group in braces.
fn names_after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(top_names(group)),
            None => names.push(first_name(rest)),
        }
    }
    names
}

/// The name that `text` begins with.
fn first_name(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// The first name of each part of a braced group, up to the brace that closes it.
fn top_names(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut start) = (0usize, Vec::new(), 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(first_name(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(first_name(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

fn forbidden_edges(path: &Path, text: &str) -> Vec<String> {
    let room = room(path);
    if room == "lib" || path.file_name().is_some_and(|name| name == "tests.rs") {
        return Vec::new();
    }
    let code = code(text);
    let mut names = names_after(&code, "crate::");
    let of_binary = room == "cli" || room == "main";
    if !of_binary {
        // From a room's top file `super` is the crate; below it, a sibling of that name may exist.
        let own = |name: &str| {
            let folder = root().join("src").join(&room);
            folder.join(format!("{name}.rs")).exists() || folder.join(name).exists()
        };
        let above = names_after(&code, "super::").into_iter();
        names.extend(above.filter(|n| ROOMS.iter().any(|(r, _)| r == n) && !own(n)));
    }
    let allowed: &[&str] = match of_binary {
        true => &["cli"],
        false => ROOMS
            .iter()
            .find(|(name, _)| *name == room)
            .map_or(&[], |(_, to)| to),
    };
    names
        .iter()
        .filter(|n| ROOMS.iter().any(|(r, _)| r == n) || of_binary)
        .filter(|n| !allowed.contains(&n.as_str()) && **n != room && (of_binary || *n != "error"))
        .map(|n| format!("{}: {room} may not use {n}", path.display()))
        .collect()
}

fn stray_unsafe(path: &Path, text: &str) -> Vec<String> {
    let room = room(path);
    if UNSAFE.contains(&room.as_str()) {
        return Vec::new();
    }
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.lines()
        .enumerate()
        .filter(|(_, line)| {
            let line = line.split("//").next().unwrap();
            line.split(|c| !word(c)).any(|token| token == "unsafe")
        })
        .map(|(n, _)| format!("{}:{}: unsafe outside {UNSAFE:?}", path.display(), n + 1))
        .collect()
}

fn too_long(path: &Path, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    let message = || format!("{}: {lines} lines, {LONGEST} is the limit", path.display());
    (lines > LONGEST).then(message).into_iter().collect()
}
