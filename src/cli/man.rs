//! `w2v man`.

use std::path::PathBuf;

use clap::CommandFactory;
use clap_mangen::Man;
use w2v::Error;

use super::output::write_whole;
use super::{Cli, Failure};

const EXAMPLES: &str = "\
Examples:
  w2v man | man -l -
  w2v man nearest | man -l -
  w2v man --folder ~/.local/share/man/man1";

/// Manual pages, made from the same definitions as the help
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The page of this command; without it, that of w2v itself
    #[arg(value_name = "COMMAND", conflicts_with = "folder")]
    command: Option<String>,
    /// Write all pages into FOLDER
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Writes one page to standard output, or all into a folder.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let mut top = Cli::command();
    top.build();
    let commands: Vec<clap::Command> = top.get_subcommands().cloned().collect();
    if let Some(folder) = args.folder {
        for command in commands.into_iter().chain([top]) {
            let name = command.get_bin_name().unwrap_or("w2v").replace(' ', "-");
            let path = folder.join(format!("{name}.1"));
            std::fs::write(&path, page(command)?).map_err(|e| Error::io(path, "write", e))?;
        }
        return Ok(());
    }
    let command = match args.command {
        None => top,
        Some(name) => {
            let names: Vec<&str> = commands.iter().map(clap::Command::get_name).collect();
            let names = names.join(", ");
            let found = commands.into_iter().find(|c| c.get_name() == name);
            found.ok_or(Failure::NoCommand { name, names })?
        }
    };
    write_whole(&page(command)?)
}

fn page(command: clap::Command) -> Result<Vec<u8>, Failure> {
    let name = command.get_bin_name().unwrap_or("w2v").replace(' ', "-");
    let mut page = Vec::new();
    let man = Man::new(command).title(name.to_uppercase());
    man.render(&mut page).map_err(Failure::Stdout)?;
    Ok(page)
}
