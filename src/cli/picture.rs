//! Drawings as files: SVG as the library makes it, PNG and PDF made from that. Letters are those of
//! DejaVu Sans, which the program brings along, so a drawing looks the same everywhere.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{FontResolver, Options, Tree};
use w2v::format::{self, AtomicFile};
use w2v::map::Plot;

use super::Failure;
use super::human;
use super::model::note;
use super::paths::{Named, check_apart, named};
use super::pdf;

/// Pixels for a unit of the drawing, and units an inch on the page.
const PIXELS: f32 = 2.0;
const UNITS_AN_INCH: f32 = 144.0;
/// Characters without a font that are named.
const NAMED: usize = 5;

/// The forms that a drawing can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Svg,
    Png,
    Pdf,
}

impl Form {
    /// Told by the end of a name.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let end = path.extension()?.to_string_lossy().to_ascii_lowercase();
        match end.as_str() {
            "svg" => Some(Self::Svg),
            "png" => Some(Self::Png),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }
}

/// A drawing beside the answers.
#[derive(Debug, clap::Args)]
pub(crate) struct PlotArgs {
    /// Draw the words (of several analogies the first) in the plane of their two principal axes, as
    /// .svg, .png or .pdf
    #[arg(long = "plot", value_name = "FILE", conflicts_with = "batch")]
    path: Option<PathBuf>,
    /// What was drawn while the question was answered.
    #[arg(skip)]
    drawn: RefCell<Option<w2v::Result<Plot>>>,
}

impl PlotArgs {
    /// Refuses a file that cannot be written.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if let Some(path) = &self.path {
            Form::of(path).ok_or_else(|| Failure::NoPicture(path.clone()))?;
            format::probe_output(path)?;
        }
        Ok(())
    }

    /// Refuses to draw over the model.
    pub(crate) fn check_apart(&self, model: &Named) -> Result<(), Failure> {
        let drawing = named("--plot", self.path.as_slice());
        check_apart(&drawing, std::slice::from_ref(model))
    }

    /// Draws where a drawing is wanted.
    pub(crate) fn draw(&self, draw: impl FnOnce() -> w2v::Result<Plot>) {
        if self.path.is_some() {
            self.drawn.replace(Some(draw()));
        }
    }

    /// Writes what was drawn.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let (Some(path), Some(plot)) = (&self.path, self.drawn.take()) else {
            return Ok(());
        };
        let form = Form::of(path).ok_or_else(|| Failure::NoPicture(path.clone()))?;
        let mut svg = Vec::new();
        let drawn = plot?.write_svg(&mut svg);
        drawn.map_err(|e| w2v::Error::io(path, "write", e))?;
        write(path, form, svg, &note)
    }
}

/// Writes the drawing `svg` to `path`, whole or not at all. `tell` hears of characters that no font
/// here has.
pub(crate) fn write(
    path: &Path,
    form: Form,
    svg: Vec<u8>,
    tell: &dyn Fn(&str),
) -> Result<(), Failure> {
    let bytes = match form {
        Form::Svg => svg,
        _ => {
            let failed = |source| Failure::Picture {
                path: path.to_path_buf(),
                source,
            };
            let (tree, missing) = tree(&svg).map_err(failed)?;
            if let Some(note) = boxes(&missing) {
                tell(&note);
            }
            match form {
                Form::Png => png(&tree).map_err(failed)?,
                _ => pdf::pdf(&tree, UNITS_AN_INCH),
            }
        }
    };
    let mut file = AtomicFile::create(path)?;
    file.write_all(&bytes)
        .map_err(|e| w2v::Error::io(path, "write", e))?;
    file.commit()?;
    Ok(())
}

type Made<T> = Result<T, Box<dyn std::error::Error>>;

/// The drawing with its letters laid out, and the characters that no font has.
fn tree(svg: &[u8]) -> Made<(Tree, BTreeSet<char>)> {
    let missing = Arc::new(Mutex::new(BTreeSet::new()));
    let mut fonts = Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    let options = Options {
        fontdb: Arc::new(fonts),
        font_resolver: FontResolver {
            // The one brought along, whatever the system has.
            select_font: Box::new(|_, fonts| fonts.faces().next().map(|face| face.id)),
            select_fallback: fallback(missing.clone()),
        },
        ..Options::default()
    };
    let tree = Tree::from_data(svg, &options)?;
    let missing = std::mem::take(&mut *missing.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((tree, missing))
}

/// Looks for a character in the fonts of the system, which are read when the first one is wanted.
fn fallback(missing: Arc<Mutex<BTreeSet<char>>>) -> resvg::usvg::FallbackSelectionFn<'static> {
    let usual = FontResolver::default_fallback_selector();
    Box::new(move |c, seen, fonts| {
        if fonts.len() == 1 {
            Arc::make_mut(fonts).load_system_fonts();
        }
        let found = usual(c, seen, fonts);
        if found.is_none() {
            let mut missing = missing.lock().unwrap_or_else(PoisonError::into_inner);
            missing.insert(c);
        }
        found
    })
}

/// What to say about characters without a font.
fn boxes(missing: &BTreeSet<char>) -> Option<String> {
    let name = |c: &char| match c.is_alphanumeric() {
        true => format!("{c} U+{:04X}", u32::from(*c)),
        false => format!("U+{:04X}", u32::from(*c)),
    };
    let named: Vec<String> = missing.iter().take(NAMED).map(name).collect();
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {} more", human::count(more as u64)),
    };
    (!missing.is_empty()).then(|| {
        format!(
            "note: no font on this machine has {}{more}: boxes stand for them;\n      \
             install a font of their script, or write .svg",
            named.join(", "),
        )
    })
}

fn png(tree: &Tree) -> Made<Vec<u8>> {
    let size = tree
        .size()
        .to_int_size()
        .scale_by(PIXELS)
        .ok_or("it has no size")?;
    let mut picture = Pixmap::new(size.width(), size.height()).ok_or("it has no size")?;
    let scale = Transform::from_scale(PIXELS, PIXELS);
    resvg::render(tree, scale, &mut picture.as_mut());
    Ok(picture.encode_png()?)
}
