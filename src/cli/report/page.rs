//! The page: one file, no script, nothing fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use super::super::human;
use super::super::log::Event;
use super::chart::{Chart, Series, key};
use super::run::{LOG_BEGINS, LOG_ENDS, Run};

const STYLE: &str = include_str!("page.css");

/// Text as HTML shows it, in elements and in attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The page of one run, with its log in it, or of several runs side by side.
pub(crate) fn page(runs: &[Run]) -> String {
    let title = match runs {
        [run] => format!("w2v: {}", run.name),
        _ => format!("w2v: {} runs", runs.len()),
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{0}</title>\n\
         <style>\n{STYLE}</style>\n<h1>{0}</h1>\n",
        escape(&title)
    );
    for run in runs {
        if let Some(error) = run.last(failure) {
            let _ = writeln!(
                page,
                "<p>{} failed: {}</p>",
                escape(&run.name),
                escape(&error)
            );
        }
    }
    page.push_str("<h2>Facts</h2>\n");
    table(&mut page, runs, &facts(runs), false);
    page.push_str("<h2>Curves</h2>\n<div class=\"charts\">\n");
    curves(runs)
        .iter()
        .for_each(|chart| page.push_str(&chart.draw()));
    page.push_str("</div>\n<h2>Configuration</h2>\n");
    table(&mut page, runs, &configuration(runs), runs.len() > 1);
    runs.iter().for_each(|run| neighbors(&mut page, run));
    if let [run] = runs {
        embed(&mut page, run);
    }
    page
}

fn failure(event: &Event) -> Option<String> {
    match event {
        Event::Failed { error } => Some(error.clone()),
        _ => None,
    }
}

/// A row of a table: its name and a cell a run.
type Row = (String, Vec<Option<String>>);

/// A column a run; where `differences`, rows whose cells differ are marked.
fn table(page: &mut String, runs: &[Run], rows: &[Row], differences: bool) {
    page.push_str("<div class=\"wide\"><table>\n");
    if runs.len() > 1 {
        page.push_str("<tr><th></th>");
        for (at, run) in runs.iter().enumerate() {
            let _ = write!(page, "<th>{}{}</th>", key(at), escape(&run.name));
        }
        page.push_str("</tr>\n");
    }
    for (name, cells) in rows
        .iter()
        .filter(|(_, cells)| cells.iter().any(Option::is_some))
    {
        let _ = write!(page, "<tr><th>{}</th>", escape(name));
        let differ = differences && cells.iter().any(|cell| cell != &cells[0]);
        for cell in cells {
            let text = escape(cell.as_deref().unwrap_or("-"));
            match differ {
                true => _ = write!(page, "<td><b>{text}</b></td>"),
                false => _ = write!(page, "<td>{text}</td>"),
            }
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n");
}

/// What the text was, what came out and how long it took, in the order of the table.
const FACTS: [&str; 8] = [
    "text",
    "tokens",
    "distinct words",
    "words kept",
    "training",
    "time left was wrong by",
    "loss of the last epoch",
    "vectors",
];

fn facts(runs: &[Run]) -> Vec<Row> {
    let facts_of = |run: &Run| -> BTreeMap<&'static str, String> {
        let events = run.records.iter().map(|record| &record.event);
        let wrong = run.eta_error().map(|error| {
            let text = format!("{error:.1} % of the training at most, after its first tenth");
            ("time left was wrong by", text)
        });
        events.flat_map(told_by).chain(wrong).collect()
    };
    let of_runs: Vec<_> = runs.iter().map(facts_of).collect();
    let cells = |name| {
        of_runs
            .iter()
            .map(|facts| facts.get(name).cloned())
            .collect()
    };
    let mut rows: Vec<Row> = FACTS
        .iter()
        .map(|name| ((*name).to_owned(), cells(name)))
        .collect();
    rows.extend(scores(runs));
    rows
}

/// The facts in an event.
fn told_by(event: &Event) -> Vec<(&'static str, String)> {
    match event {
        Event::Scanned {
            bytes,
            lines,
            tokens,
            types,
            words,
            kept_tokens,
            ..
        } => {
            let share = 100.0 * *kept_tokens as f64 / (*tokens).max(1) as f64;
            let (words, lines) = (human::count(*words), human::count(*lines));
            vec![
                ("text", format!("{}, {lines} lines", human::bytes(*bytes))),
                ("tokens", human::count(*tokens)),
                ("distinct words", human::count(*types)),
                ("words kept", format!("{words}, {share:.1} % of the tokens")),
            ]
        }
        Event::Trained {
            train_seconds,
            words_per_second,
            loss,
        } => {
            let time = Duration::try_from_secs_f64(*train_seconds).unwrap_or_default();
            let (time, speed) = (human::duration(time), human::short(*words_per_second));
            let loss = loss.last().copied().unwrap_or(f64::NAN);
            vec![
                ("training", format!("{time}, {speed} words/s")),
                ("loss of the last epoch", format!("{loss:.4} nats a pair")),
            ]
        }
        Event::Saved {
            output,
            bytes,
            words,
            dim,
        } => {
            let (words, bytes) = (human::count(*words), human::bytes(*bytes));
            vec![("vectors", format!("{output}: {words} x {dim}, {bytes}"))]
        }
        _ => Vec::new(),
    }
}

/// A row for every set that a run was scored on.
fn scores(runs: &[Run]) -> Vec<Row> {
    let row = |set: &String| {
        let of_set = |event: &Event| match event {
            Event::Scored(score) if score.set == *set => {
                Some(format!("{} of {}", score.text()?, score.seen))
            }
            _ => None,
        };
        let cells = runs.iter().map(|run| run.last(of_set)).collect();
        (set.clone(), cells)
    };
    sets(runs).iter().map(row).collect()
}

/// The sets that any run was scored on.
fn sets(runs: &[Run]) -> BTreeSet<String> {
    let events = runs.iter().flat_map(|run| run.records.iter());
    let sets = events.filter_map(|record| match &record.event {
        Event::Scored(score) | Event::Scoring { score, .. } => Some(score.set.clone()),
        _ => None,
    });
    sets.collect()
}

/// Every option of every run.
fn configuration(runs: &[Run]) -> Vec<Row> {
    let options = |event: &Event| match event {
        Event::Start {
            version,
            inputs,
            text,
            training,
            ..
        } => {
            let mut all = training.clone();
            all.extend(
                text.iter()
                    .map(|(name, value)| (format!("text: {name}"), value.clone())),
            );
            all.insert("text: files".to_owned(), inputs.join(", "));
            all.insert("version".to_owned(), version.clone());
            Some(all)
        }
        _ => None,
    };
    let of_runs: Vec<_> = runs
        .iter()
        .map(|run| run.last(options).unwrap_or_default())
        .collect();
    let names: BTreeSet<&String> = of_runs.iter().flat_map(|options| options.keys()).collect();
    let cells = |name: &String| {
        of_runs
            .iter()
            .map(|options| options.get(name).cloned())
            .collect()
    };
    names
        .into_iter()
        .map(|name| (name.clone(), cells(name)))
        .collect()
}

fn curves(runs: &[Run]) -> Vec<Chart<'_>> {
    let chart = |title: &str, y, points: &dyn Fn(&Run) -> Vec<(f64, f64)>| {
        let series = runs.iter().map(|run| Series {
            name: &run.name,
            points: points(run),
        });
        Chart {
            title: title.to_owned().into(),
            x: "seconds of training",
            y,
            logarithmic: false,
            series: series.collect(),
        }
    };
    let loss = |event: &Event| match event {
        Event::Training { loss, .. } => *loss,
        _ => None,
    };
    let lr = |event: &Event| match event {
        Event::Training { lr, .. } => Some(*lr),
        _ => None,
    };
    let speed = |event: &Event| match event {
        Event::Training {
            words_per_second, ..
        } => Some(*words_per_second),
        _ => None,
    };
    let zipf = |run: &Run| {
        let points = run.last(|event| match event {
            Event::Scanned { zipf, .. } => Some(zipf.clone()),
            _ => None,
        });
        let points = points.unwrap_or_default().into_iter();
        points
            .map(|(rank, count)| (rank as f64, count as f64))
            .collect()
    };
    let mut charts = vec![
        chart("Loss", "nats a pair", &|run| run.curve(loss)),
        chart("Speed", "words/s", &|run| run.curve(speed)),
        chart("Learning rate", "learning rate", &|run| run.curve(lr)),
        chart(
            "How wrong the time left was",
            "% of the time",
            &Run::eta_errors,
        ),
        Chart {
            x: "rank",
            logarithmic: true,
            ..chart("Words by frequency (Zipf)", "count", &zipf)
        },
    ];
    charts.extend(sets(runs).iter().map(|set| Chart {
        x: "epoch",
        ..chart(&format!("Score on {set}"), "% or Spearman", &|run| {
            run.scores(set)
        })
    }));
    charts
}

/// Examples of what the vectors know.
fn neighbors(page: &mut String, run: &Run) {
    let mut rows = String::new();
    for record in &run.records {
        if let Event::Neighbors { word, neighbors } = &record.event {
            let near: Vec<String> = neighbors
                .iter()
                .map(|(word, cosine)| format!("{} {cosine:.2}", escape(word)))
                .collect();
            let _ = writeln!(
                rows,
                "<tr><th>{}</th><td>{}</td></tr>",
                escape(word),
                near.join(", ")
            );
        }
    }
    if !rows.is_empty() {
        let name = escape(&run.name);
        let _ = write!(
            page,
            "<h2>Nearest words: {name}</h2>\n<div class=\"wide\"><table>\n{rows}</table></div>\n"
        );
    }
}

/// The log itself, so that the report can be compared with others.
fn embed(page: &mut String, run: &Run) {
    page.push_str(LOG_BEGINS);
    for record in &run.records {
        // In JSON `<` may be written so, and then nothing in it can end the element.
        let line = serde_json::to_string(record)
            .unwrap_or_default()
            .replace('<', "\\u003c");
        page.push_str(&line);
        page.push('\n');
    }
    page.push_str(LOG_ENDS);
    page.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::log::Record;

    #[test]
    fn hostile_words_stay_words() {
        let word = "<script>alert('x')</script>".to_owned();
        let event = Event::Neighbors {
            word: word.clone(),
            neighbors: vec![(word, 0.5)],
        };
        let run = Run {
            name: "a<b".to_owned(),
            records: vec![Record {
                seconds: 0.0,
                event,
            }],
        };
        let page = page(&[run]);
        assert_eq!(page.matches("<script").count(), 1, "{page}");
        assert!(!page.contains("alert('x')</"), "{page}");
        assert!(page.contains("<h1>w2v: a&lt;b</h1>"));
    }
}
