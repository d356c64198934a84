//! One field out of a line of JSON, without building the rest.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Names of fields to list in a message.
const LISTED: usize = 8;

/// Why a line has no text.
#[derive(Debug)]
pub(super) enum Problem {
    /// The field is not there; the names that are.
    Missing(Vec<String>),
    /// The field is something else than a string.
    NotText(&'static str),
    /// The path goes on below something else than an object, with so many names.
    NotObject(&'static str, usize),
    /// The line is no JSON object.
    Syntax(serde_json::Error),
}

/// The field that is looked for.
pub(super) struct Field {
    /// Its name is the whole of what was asked for.
    whole: [String; 1],
    /// Or each name is that of an object in the one before.
    path: Vec<String>,
}

impl Field {
    pub(super) fn new(name: &str) -> Self {
        Self {
            whole: [name.to_owned()],
            path: name.split('.').map(str::to_owned).collect(),
        }
    }

    /// Appends the string of this field of the JSON object `line` to `out`.
    pub(super) fn text(&self, line: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
        let found = text_of(line, &self.path, out);
        let absent = matches!(found, Err(Problem::Missing(_) | Problem::NotObject(..)));
        if !absent || self.path.len() == 1 {
            return found;
        }
        match text_of(line, &self.whole, out) {
            Err(Problem::Missing(_)) => found,
            whole => whole,
        }
    }

    /// What is wrong with it, in words.
    pub(super) fn describe(&self, problem: Problem) -> String {
        let [name] = &self.whole;
        match problem {
            Problem::Missing(names) if names.is_empty() => format!("no field {name:?}"),
            Problem::Missing(names) => format!("no field {name:?} among {}", names.join(", ")),
            Problem::NotText(kind) => format!("field {name:?} is {kind}, not text"),
            Problem::NotObject(kind, left) => {
                let (above, below) = self.path.split_at(self.path.len() - left);
                let (above, below) = (above.join("."), below.join("."));
                format!("field {above:?} is {kind}, not an object with a field {below:?}")
            }
            Problem::Syntax(error) => format!("not a JSON object: {error}"),
        }
    }
}

/// Appends the string at `path` of the JSON object `line` to `out`.
fn text_of(line: &str, path: &[String], out: &mut Vec<u8>) -> Result<(), Problem> {
    let before = out.len();
    let mut json = serde_json::Deserializer::from_str(line);
    let mut found = Found::Nothing(Vec::new());
    let seek = Seek {
        path,
        out,
        found: &mut found,
        top: true,
    };
    let parsed = seek.deserialize(&mut json).and_then(|()| json.end());
    let problem = match (parsed, found) {
        (Err(error), _) => Problem::Syntax(error),
        (Ok(()), Found::Text) => return Ok(()),
        (Ok(()), Found::Other(kind, 0)) => Problem::NotText(kind),
        (Ok(()), Found::Other(kind, left)) => Problem::NotObject(kind, left),
        (Ok(()), Found::Nothing(names)) => Problem::Missing(names),
    };
    out.truncate(before);
    Err(problem)
}

enum Found {
    Text,
    /// Something else, where so many names of the path are left.
    Other(&'static str, usize),
    Nothing(Vec<String>),
}

/// Looks for `path` in the value to come.
struct Seek<'a> {
    path: &'a [String],
    out: &'a mut Vec<u8>,
    found: &'a mut Found,
    top: bool,
}

impl Seek<'_> {
    fn other<E>(self, kind: &'static str) -> Result<(), E> {
        *self.found = Found::Other(kind, self.path.len());
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        match self.top {
            true => json.deserialize_map(self),
            false => json.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((name, rest)) = self.path.split_first() else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return self.other("an object");
        };
        let mut names = Vec::new();
        let mut seen = false;
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if !seen && key == name.as_str() {
                seen = true;
                map.next_value_seed(Seek {
                    path: rest,
                    out: self.out,
                    found: self.found,
                    top: false,
                })?;
                continue;
            }
            map.next_value::<IgnoredAny>()?;
            if !seen && names.len() < LISTED {
                names.push(key.into_owned());
            }
        }
        if !seen {
            *self.found = Found::Nothing(names);
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if !self.path.is_empty() {
            return self.other("text");
        }
        self.out.extend_from_slice(text.as_bytes());
        *self.found = Found::Text;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.other("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.other("null")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.other("true or false")
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.other("a number")
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.other("a number")
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.other("a number")
    }
}
