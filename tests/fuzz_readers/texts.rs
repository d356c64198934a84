//! Texts: compressed, in every encoding, cleaned in every way.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use w2v::text::{
    Addresses, BlockReader, Digits, Input, Normalization, Punctuation, Sentences, SourceCounters,
    SourceOptions, TextOptions, TokenSink, Tokenizer, TokenizerKind, decode, detect_tokenizer,
};

use super::damage::Damager;
use super::{Seeds, Target, fuzz};

const TEXT: &str = "The crème brûlée costs 12,50 £, see http://a.example/x?y=1 or write to me@b.example!\r\n\
    北京是中华人民共和国的首都。東京タワー ｱｲｳ ＡＢＣ ﬁn Ⅻ\n\
    <p>Tom &amp; Jerry&#39;s &lt;b&gt; caf\u{65}\u{301}</p>\t\"quoted, item\"\tx\n\n\
    Zażółć gęślą jaźń. Ελληνικά. Русский язык? 한국어 สวัสดี 👩‍👩‍👧‍👦 🇩🇪\n";

/// Blocks until a reader is known to go on: a few bytes may stand for as much as one likes.
const MOST_BLOCKS: usize = 8;

/// All blocks of `path`, or an error.
pub fn read_blocks(
    path: &Path,
    options: &SourceOptions,
    mut block: impl FnMut(Vec<u8>),
) -> w2v::Result<()> {
    let counters = Arc::new(SourceCounters::default());
    let inputs = vec![Input::Path(path.to_path_buf())];
    let mut reader = BlockReader::open(inputs, 1 << 16, options, counters)?;
    let mut bytes = Vec::new();
    for _ in 0..MOST_BLOCKS {
        if !reader.next(&mut bytes)? {
            break;
        }
        // Only a block within a line that is longer than it may end elsewhere.
        assert!(bytes.ends_with(b"\n") || !bytes.contains(&b'\n'));
        assert!(bytes.len() <= (1 << 16) + 1);
        block(std::mem::take(&mut bytes));
    }
    Ok(())
}

#[test]
fn compressed() {
    let folder = tempfile::tempdir().unwrap();
    let text = TEXT.repeat(4);
    let gzip = {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let bzip2 = {
        let level = bzip2::Compression::fast();
        let mut packer = bzip2::write::BzEncoder::new(Vec::new(), level);
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let twice = |stream: &[u8]| [stream, stream].concat();
    let seeds = Seeds(vec![
        ("gzip", gzip.clone()),
        ("gzips", twice(&gzip)),
        ("bzip2", bzip2),
        ("zstd", zstd.clone()),
        ("zstds", twice(&zstd)),
        ("xz", XZ.to_vec()),
        ("xzs", twice(XZ)),
    ]);
    fuzz("compressed", folder.path(), &seeds, Compressed);
}

/// `yes one two three two one | head -9 | xz -9 | xxd -i`
const XZ: &[u8] = &[
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01,
    0x1c, 0x00, 0x00, 0x00, 0x10, 0xcf, 0x58, 0xcc, 0xe0, 0x00, 0xc5, 0x00, 0x17, 0x5d, 0x00, 0x37,
    0x9b, 0x88, 0xce, 0x76, 0xe2, 0xf4, 0xe3, 0x65, 0xde, 0xfd, 0x21, 0x55, 0x5d, 0xae, 0x25, 0x91,
    0x21, 0x54, 0x1d, 0x36, 0x44, 0x80, 0x00, 0x00, 0xb3, 0xe7, 0x72, 0x3a, 0xf1, 0xe1, 0x9b, 0xac,
    0x00, 0x01, 0x33, 0xc6, 0x01, 0x00, 0x00, 0x00, 0xc0, 0xdb, 0x52, 0x9f, 0xb1, 0xc4, 0x67, 0xfb,
    0x02, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
];

struct Compressed;

impl Target for Compressed {
    fn repair(&self, bytes: &mut [u8], damager: &mut Damager) {
        // The header of an xz block, which names the size of the dictionary, has a checksum.
        if bytes.starts_with(b"\xFD7zXZ\0") && bytes.len() > 12 && damager.below(2) > 0 {
            let end = 12 + (usize::from(bytes[12]) + 1) * 4;
            if let Some(header) = bytes.get(12..end - 4) {
                let mut crc = flate2::Crc::new();
                crc.update(header);
                if let Some(sum) = bytes.get_mut(end - 4..end) {
                    sum.copy_from_slice(&crc.sum().to_le_bytes());
                }
            }
        }
    }

    fn read(&mut self, path: &Path, _: &mut Damager) -> bool {
        read_blocks(path, &SourceOptions::default(), |_| ()).is_ok()
    }
}

#[test]
fn encodings() {
    let folder = tempfile::tempdir().unwrap();
    let utf16 = |mark: [u8; 2], order: fn(u16) -> [u8; 2]| {
        let units = TEXT.encode_utf16().flat_map(order);
        mark.into_iter().chain(units).collect::<Vec<u8>>()
    };
    let (gb18030, ..) = encoding_rs::GB18030.encode(TEXT);
    let latin1 = b"caf\xE9 cr\xE8me \xA3 12 <br> \xFF".to_vec();
    let seeds = Seeds(vec![
        ("utf8", TEXT.as_bytes().to_vec()),
        ("utf16le", utf16([0xFF, 0xFE], u16::to_le_bytes)),
        ("utf16be", utf16([0xFE, 0xFF], u16::to_be_bytes)),
        ("gb18030", gb18030.into_owned()),
        ("latin1", latin1),
    ]);
    let mut damager = Damager::new(3);
    let tokenizer = |_| Tokenizer::new(&options(&mut damager)).unwrap();
    let tokenizers = (0..60).map(tokenizer).collect();
    fuzz("encodings", folder.path(), &seeds, Texts { tokenizers });
}

/// One of `all`.
fn any<T: Copy>(all: &[T], damager: &mut Damager) -> T {
    all[damager.below(all.len())]
}

/// Some way of treating a text.
fn options(damager: &mut Damager) -> TextOptions {
    let mut yes = || damager.below(2) == 0;
    let usual = TextOptions {
        lowercase: yes(),
        fold_width: yes(),
        strip_accents: yes(),
        strip_html: yes(),
        ..TextOptions::default()
    };
    TextOptions {
        tokenizer: any(TokenizerKind::ALL, damager),
        normalization: any(Normalization::ALL, damager),
        digits: any(Digits::ALL, damager),
        punctuation: any(Punctuation::ALL, damager),
        urls: any(Addresses::ALL, damager),
        emails: any(Addresses::ALL, damager),
        sentences: any(Sentences::ALL, damager),
        min_length: 1 + damager.below(3),
        max_length: any(&[3, 20, usize::MAX], damager),
        stopwords: vec!["the".to_owned(), String::new()],
        ..usual
    }
}

struct Texts {
    tokenizers: Vec<Tokenizer>,
}

/// Looks at every token.
#[derive(Default)]
struct Looked {
    tokens: usize,
}

impl TokenSink for Looked {
    fn token(&mut self, token: &str) {
        assert!(!token.is_empty() && !token.contains('\n'), "{token:?}");
        self.tokens += 1;
    }

    fn end_sentence(&mut self) {}
}

impl Target for Texts {
    fn read(&mut self, path: &Path, damager: &mut Damager) -> bool {
        let names = [
            "utf-16le",
            "utf-16be",
            "gb18030",
            "latin1",
            "shift_jis",
            "iso-2022-jp",
        ];
        let encoding = (damager.below(2) == 0).then(|| any(&names, damager).to_owned());
        let options = SourceOptions {
            encoding,
            documents: damager.below(4) == 0,
            ..SourceOptions::default()
        };
        let tokenizer = damager.below(self.tokenizers.len());
        let tokenizer = &mut self.tokenizers[tokenizer];
        let mut looked = Looked::default();
        let read = read_blocks(path, &options, |block| {
            let _ = detect_tokenizer(&block);
            let (mut text, _) = decode(block);
            tokenizer.block(&mut text, &mut looked);
        });
        // Any bytes are a text in some encoding; what has no token is not one that is used.
        read.is_ok() && looked.tokens > 0
    }
}
