//! Random choices: which tokens are kept, which words are noise.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::vocab::Vocab;

/// The generator of all random choices; its stream never changes between versions.
#[derive(Debug, Clone)]
pub(super) struct Random(Xoshiro256PlusPlus);

impl Random {
    /// A stream of its own for each `path` below `seed`: (epoch, unit of work), say.
    pub(super) fn stream(seed: u64, path: [u64; 2]) -> Self {
        let mixed = path
            .iter()
            .fold(mix(seed), |state, part| mix(state ^ *part));
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// 32 random bits.
    #[inline]
    pub(super) fn bits(&mut self) -> u32 {
        (self.0.next_u64() >> 32) as u32
    }

    /// Twice 32 random bits.
    #[inline]
    fn pair(&mut self) -> [u32; 2] {
        let bits = self.0.next_u64();
        [bits as u32, (bits >> 32) as u32]
    }

    /// Uniform in `0..n`; the bias is below `n / 2^32`.
    #[inline]
    pub(super) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.bits()) * u64::from(n)) >> 32) as u32
    }

    /// Uniform in `-0.5..0.5`.
    #[inline]
    pub(super) fn centred(&mut self) -> f32 {
        (self.bits() >> 8) as f32 / (1 << 24) as f32 - 0.5
    }
}

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit in decides every bit out.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The probability of a word that is `count` of `tokens` to be kept by a threshold `t`, above 1 where it always is.
///
/// With `f` for its share of the tokens it is `sqrt(t/f) + t/f`: the formula of word2vec's code, which keeps slightly
/// more than the paper's (Mikolov 2013b, section 2.3).
fn keep_prob(threshold: f64, count: u64, tokens: u64) -> f64 {
    let ratio = threshold * tokens as f64 / count as f64;
    ratio.sqrt() + ratio
}

/// Share of a text's tokens that subsampling by `threshold` keeps, in the mean: 0 to 1, and 1 where it is 0.
pub fn kept_share(vocab: &Vocab, threshold: f64) -> f64 {
    let tokens = vocab.tokens();
    if threshold == 0.0 || tokens == 0 {
        return 1.0;
    }
    let kept = |count: &u64| *count as f64 * keep_prob(threshold, *count, tokens).min(1.0);
    vocab.counts().iter().map(kept).sum::<f64>() / tokens as f64
}

/// Chance of each word to be kept, [`keep_prob`], as a threshold for 32 random bits.
#[derive(Debug)]
pub(super) struct Subsampler {
    /// By id, only for words that are ever dropped: ids go by frequency, so these are the first
    /// few hundred, and the table stays in the nearest cache. The last entry stands for all others.
    thresholds: Vec<u32>,
}

impl Subsampler {
    /// `threshold` is the `t` above; 0 keeps all.
    pub(super) fn new(vocab: &Vocab, threshold: f64) -> Self {
        let tokens = vocab.tokens();
        let mut thresholds: Vec<u32> = vocab
            .counts()
            .iter()
            .map(|count| keep_prob(threshold, *count, tokens))
            .take_while(|keep_prob| threshold > 0.0 && *keep_prob < 1.0)
            .map(|keep_prob| (keep_prob * f64::from(u32::MAX)) as u32)
            .collect();
        thresholds.push(u32::MAX);
        Self { thresholds }
    }

    /// The chance of word `id` to be kept.
    pub(super) fn chance(&self, id: usize) -> f64 {
        let threshold = self.thresholds[id.min(self.thresholds.len() - 1)];
        f64::from(threshold) / f64::from(u32::MAX)
    }

    /// Puts the tokens of `sentence` that are kept into `kept`, as ids.
    #[inline]
    pub(super) fn keep(&self, sentence: &[u32], random: &mut Random, kept: &mut Vec<u32>) {
        kept.clear();
        kept.resize(sentence.len(), 0);
        let last = self.thresholds.len() - 1;
        let mut n = 0;
        for pair in sentence.chunks(2) {
            let bits = random.pair();
            for (token, bits) in pair.iter().zip(bits) {
                // No branch on a coin toss: every token is written, and some are written over.
                let id = token & !crate::corpus::SENTENCE_START;
                kept[n] = id;
                n += usize::from(bits <= self.thresholds[last.min(id as usize)]);
            }
        }
        kept.truncate(n);
    }
}

/// Noise words, drawn before training and dealt in a circle.
///
/// Looking a noise word up at random in a table of the vocabulary's size costs a cache miss each;
/// a pool is read in order. Each word stands in the pool as often as its share demands, up or
/// down to the next whole number, and the order is random.
#[derive(Debug)]
pub(super) struct NoisePool {
    words: Vec<u32>,
    /// A word that is more than half of the pool, and all others, in their order: as its own noise it would be refused
    /// time and again.
    heavy: Option<(u32, Vec<u32>)>,
}

/// Floor of a pool's size; one pool of this size takes 4 MiB.
const POOL: usize = 1 << 20;

/// Words of a pool that are dealt together.
const BLOCK: usize = 512;

/// Times that a block is dealt.
const PASSES: usize = 8;

impl NoisePool {
    /// A pool of words by `count ^ power` (Mikolov 2013b, section 2.2, with 0.75).
    ///
    /// `vocab` holds at least two words, and at least two are in the pool.
    pub(super) fn new(vocab: &Vocab, power: f64, seed: u64) -> Self {
        let weights: Vec<f64> = vocab
            .counts()
            .iter()
            // The system's own power differs in the last bit from one processor to another.
            .map(|count| libm::pow(*count as f64, power))
            .collect();
        let total: f64 = weights.iter().sum();
        let size = (weights.len() * 4)
            .clamp(POOL, 16 * POOL)
            .next_multiple_of(BLOCK);
        let mut random = Random::stream(seed, [u64::MAX, 0]);
        let offset = f64::from(random.centred()) + 0.5;
        let mut pool = Vec::with_capacity(size);
        let mut sum = 0.0;
        for (id, weight) in weights.iter().enumerate() {
            sum += weight;
            let until = ((sum / total) * size as f64 + offset).floor() as usize;
            pool.resize(until.clamp(pool.len(), size), id as u32);
        }
        pool.resize(size, (weights.len() - 1) as u32);
        if pool[0] == pool[size - 1] {
            // One word has nearly all the weight: some other must be there to be told from.
            let other = u32::from(pool[0] == 0);
            pool[0] = other;
        }
        for i in (1..size).rev() {
            pool.swap(i, random.below(i as u32 + 1) as usize);
        }
        // Ids go by frequency.
        let heavy = if power < 0.0 {
            weights.len() as u32 - 1
        } else {
            0
        };
        let others: Vec<u32> = pool.iter().copied().filter(|word| *word != heavy).collect();
        Self {
            heavy: (others.len() < size / 2).then_some((heavy, others)),
            words: pool,
        }
    }

    /// A dealer that begins at a random place.
    pub(super) fn dealer(&self, random: &mut Random) -> Dealer<'_> {
        let (blocks, _) = self.words.as_chunks();
        let mut dealer = Dealer {
            blocks,
            heavy: (self.heavy.as_ref()).map(|(word, others)| {
                (
                    *word,
                    others.as_slice(),
                    random.below(others.len() as u32) as usize,
                )
            }),
            block: random.below(blocks.len() as u32) as usize,
            passes: 0,
            left: 0,
            at: 0,
            stride: 1,
        };
        dealer.turn();
        dealer
    }
}

/// Deals a pool's words a block at a time, every block [`PASSES`] times, each time in another order.
///
/// The rows of a block stay in the second-level cache while it is dealt, so most draws find their
/// row there; a word's share of all draws is the same as in one pass over the pool.
#[derive(Debug)]
pub(super) struct Dealer<'p> {
    blocks: &'p [[u32; BLOCK]],
    /// The word that has noise of its own, that noise, and which of it is next.
    heavy: Option<(u32, &'p [u32], usize)>,
    block: usize,
    passes: usize,
    /// Words left in this pass.
    left: usize,
    at: usize,
    stride: usize,
}

impl Dealer<'_> {
    /// The next pass over the block, or the first one over the next. Every odd stride visits all
    /// places of a block.
    #[cold]
    fn turn(&mut self) {
        if self.passes == PASSES {
            self.passes = 0;
            self.block = (self.block + 1) % self.blocks.len();
        }
        self.stride = mix((self.block * PASSES + self.passes) as u64) as usize | 1;
        self.passes += 1;
        self.left = BLOCK;
    }

    #[inline]
    fn next(&mut self) -> u32 {
        if self.left == 0 {
            self.turn();
        }
        self.left -= 1;
        self.at = self.at.wrapping_add(self.stride) % BLOCK;
        self.blocks[self.block][self.at]
    }

    /// Fills `to` with noise words other than `centre`.
    #[inline]
    pub(super) fn draw(&mut self, centre: u32, to: &mut [u32]) {
        if let Some((word, others, at)) = &mut self.heavy
            && *word == centre
        {
            for slot in to {
                *slot = others[*at];
                *at = (*at + 1) % others.len();
            }
            return;
        }
        for slot in to {
            *slot = loop {
                let word = self.next();
                if word != centre {
                    break word;
                }
            };
        }
    }
}
