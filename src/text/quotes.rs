//! Where the quoted cells of a table begin and end.

/// Where quoted cells begin and end, as the reader of rows sees it.
pub(super) struct Quotes {
    pub(super) delimiter: u8,
    state: Quote,
    /// The byte before.
    before: u8,
    /// Line ends so far.
    pub(super) lines: u64,
    /// Line and bytes so far of the cell that is open.
    cell: (u64, u64),
    /// Line and bytes so far of the last row.
    row: (u64, u64),
}

/// Whether a byte is in a quoted cell.
#[derive(Clone, Copy, PartialEq)]
enum Quote {
    Outside,
    Inside,
    /// After a quote within: the end, or the first of two that stand for one.
    Within,
}

impl Quotes {
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: Quote::Outside,
            before: b'\n',
            lines: 0,
            cell: (0, 0),
            row: (1, 0),
        }
    }

    /// Goes on with the next part of the table.
    pub(super) fn follow(&mut self, part: &[u8]) {
        let mut from = 0;
        for at in memchr::memchr_iter(b'"', part) {
            let between = &part[from..at];
            self.pass(between);
            self.state = match self.state {
                Quote::Inside => Quote::Within,
                Quote::Within => Quote::Inside,
                Quote::Outside if self.begins_cell() => {
                    self.cell = (self.lines + 1, 0);
                    Quote::Inside
                }
                Quote::Outside => Quote::Outside,
            };
            self.row.1 += 1;
            self.before = b'"';
            from = at + 1;
        }
        self.pass(&part[from..]);
    }

    /// Passes bytes without a quote.
    fn pass(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last() else {
            return;
        };
        if self.state == Quote::Within {
            self.state = Quote::Outside;
        }
        self.before = *last;
        self.lines += line_ends(bytes);
        self.cell.1 += bytes.len() as u64;
        let row_ends = memchr::memrchr2(b'\n', b'\r', bytes);
        match row_ends.filter(|_| self.state == Quote::Outside) {
            Some(end) => self.row = (self.lines + 1, (bytes.len() - end - 1) as u64),
            None => self.row.1 += bytes.len() as u64,
        }
    }

    /// Whether a cell begins after the byte before, outside of quotes.
    fn begins_cell(&self) -> bool {
        self.before == self.delimiter || matches!(self.before, b'\n' | b'\r')
    }

    /// The cell that is open: in which line it began, and its bytes.
    pub(super) fn open(&self) -> Option<(u64, u64)> {
        (self.state == Quote::Inside).then_some(self.cell)
    }

    /// The last row so far: in which line it began, and its bytes.
    pub(super) fn row(&self) -> (u64, u64) {
        self.row
    }
}

/// How many lines end in `text`.
pub(super) fn line_ends(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last cell of a table as the csv crate reads it, with a row below it: open where that row is in it.
    fn is_open(table: &str) -> bool {
        let table = format!("{table}\nz");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(table.as_bytes());
        let last = reader.records().last().unwrap().unwrap();
        last.iter().ne(["z"])
    }

    /// All short tables of these characters, in one part and in parts of a byte.
    #[test]
    fn quotes_are_open_where_the_reader_sees_them_so() {
        const CHARACTERS: [u8; 5] = *b"a,\"\n\r";
        for number in 0..5_u32.pow(7) {
            let table = (0..7).map(|place| CHARACTERS[(number / 5_u32.pow(place) % 5) as usize]);
            let table = String::from_utf8(table.collect()).unwrap();
            let (mut whole, mut parts) = (Quotes::new(b','), Quotes::new(b','));
            whole.follow(table.as_bytes());
            table.bytes().for_each(|byte| parts.follow(&[byte]));
            assert_eq!(whole.open(), parts.open(), "{table:?}");
            assert_eq!(whole.open().is_some(), is_open(&table), "{table:?}");
        }
    }

    #[test]
    fn the_line_and_the_length_of_an_open_cell_are_known() {
        let mut quotes = Quotes::new(b'\t');
        quotes.follow(b"a\tb\n\"x\ny\"\t\"three\n");
        assert_eq!((quotes.open(), quotes.lines), (Some((3, 6)), 3));
    }

    #[test]
    fn the_line_and_the_length_of_a_row_are_known() {
        let mut quotes = Quotes::new(b',');
        let mut row_after = |part: &str| {
            quotes.follow(part.as_bytes());
            quotes.row()
        };
        assert_eq!(row_after("a,b"), (1, 3));
        assert_eq!(row_after("\nc,\"d\n"), (2, 5));
        assert_eq!(row_after("e\"\"f\"\n"), (4, 0));
        assert_eq!(row_after("g\rhi"), (4, 2));
    }
}
