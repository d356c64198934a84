//! JSON lines, tables, events, categories.

use std::path::Path;

use w2v::text::{
    EventOptions, Input, SourceOptions, TableOptions, TextFormat, TextOptions, learn_columns,
};

use super::damage::Damager;
use super::texts::read_blocks;
use super::{Seeds, Target, fuzz};

const JSON: &str = r#"{"text":"Hello \"world\"\n\u00e9 \ud83d\ude00","meta":{"title":"a b","n":[1,2.5e3,null,true]}}
{"meta":{"title":"c","x":{"text":"deep"}},"text":"second line"}

{"text":"","meta":{"title":""}}
"#;

const COMMAS: &str = "user,item,time,text,age\n\
    anna,\"tea, green\",2024-01-02,\"a \"\"quoted\"\" text\",31\n\
    bert,coffee,2024-01-01T10:00:00,plain,62.5\n\
    anna,cake,2023,\"two\nlines\",17\n\
    cem,bread,1999-12-31,x,-4e1\n";

#[test]
fn records() {
    let folder = tempfile::tempdir().unwrap();
    let tabs = COMMAS.replace("\"tea, green\"", "tea").replace(',', "\t");
    let semicolons = COMMAS.replace("\"tea, green\"", "tea").replace(',', ";");
    let stamps = "user\titem\ttime\ttext\tage\r\n1\t2\t1700000000\ta\t5\r\n1\t3\t-12.5\tb\t7\r\n";
    let seeds = Seeds(vec![
        ("json", JSON.into()),
        ("commas", COMMAS.into()),
        ("tabs", tabs.into()),
        ("semicolons", semicolons.into()),
        ("stamps", stamps.into()),
    ]);
    fuzz("records", folder.path(), &seeds, Records);
}

struct Records;

impl Target for Records {
    fn read(&mut self, path: &Path, damager: &mut Damager) -> bool {
        let folder = path.parent().unwrap();
        let mut options = SourceOptions {
            skip_bad_lines: damager.below(2) == 0,
            documents: damager.below(2) == 0,
            ..SourceOptions::default()
        };
        let json = path.ends_with("json");
        options.format = match (json, damager.below(4)) {
            (true, 0) => json_field("meta.title"),
            (true, _) => json_field("text"),
            (false, 0) => TextFormat::Table {
                column: "text".to_owned(),
            },
            (false, 1) => TextFormat::Events(EventOptions {
                user: "user".to_owned(),
                item: "item".to_owned(),
                time: "time".to_owned(),
                memory: Some(64 << damager.below(8)),
                temp_dir: Some(folder.to_path_buf()),
            }),
            (false, _) => match learnt(path, &options, damager) {
                Some(format) => format,
                None => return false,
            },
        };
        read_blocks(path, &options, |_| ()).is_ok()
    }
}

fn json_field(field: &str) -> TextFormat {
    TextFormat::JsonLines {
        field: field.to_owned(),
    }
}

/// The table's own columns, as they are stored in a model and read from there.
fn learnt(path: &Path, options: &SourceOptions, damager: &mut Damager) -> Option<TextFormat> {
    let table = TableOptions {
        bins: 2 + damager.below(5),
        names: (0..damager.below(2)).map(|_| "age".to_owned()).collect(),
        ..TableOptions::default()
    };
    let inputs = [Input::Path(path.to_path_buf())];
    let learnt = learn_columns(&inputs, options, &table, &mut |_| true).ok()?;
    let stored = TextOptions {
        columns: learnt.columns.iter().map(|c| c.store()).collect(),
        ..TextOptions::default()
    };
    let columns = TextOptions::from_map(&stored.to_map()).ok()?.table().ok()?;
    assert!(columns == learnt.columns, "{columns:?}");
    let mut category = String::new();
    for column in &columns {
        for cell in ["", "31", "nan", "-1e999", "x"] {
            column.category(cell, &mut category);
        }
    }
    Some(TextFormat::Categories { columns })
}
