//! The best few of many.

/// A row and its similarity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    pub(crate) similarity: f32,
    pub(crate) id: u32,
}

/// Keeps the most similar rows; of equals the lower id, so that no order of arrival shows.
#[derive(Debug, Clone)]
pub(super) struct Top {
    /// Best first; short enough that insertion beats a heap.
    hits: Vec<Hit>,
    size: usize,
    /// What must be exceeded to enter, once `hits` is full.
    floor: f32,
}

impl Top {
    pub(super) fn new(size: usize) -> Self {
        Self {
            hits: Vec::new(),
            size,
            floor: f32::NEG_INFINITY,
        }
    }

    /// What a row must reach to enter.
    pub(super) fn floor(&self) -> f32 {
        self.floor
    }

    /// Offers a row. NaN never enters.
    pub(super) fn offer(&mut self, similarity: f32, id: u32) {
        if similarity >= self.floor {
            self.insert(Hit { similarity, id });
        }
    }

    #[cold]
    fn insert(&mut self, hit: Hit) {
        if self.size == 0 {
            return;
        }
        let before = |other: &Hit| {
            other.similarity > hit.similarity
                || (other.similarity == hit.similarity && other.id < hit.id)
        };
        let at = self.hits.partition_point(before);
        if at == self.size {
            return;
        }
        self.hits.truncate(self.size - 1);
        self.hits.insert(at, hit);
        if let Some(last) = self.hits.get(self.size - 1) {
            self.floor = last.similarity;
        }
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        for hit in other.hits {
            self.offer(hit.similarity, hit.id);
        }
        self
    }

    pub(super) fn into_hits(self) -> Vec<Hit> {
        self.hits
    }
}
