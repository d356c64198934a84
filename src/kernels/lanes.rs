//! The smallest set of vector operations that the steps need.
//!
//! # Shared memory
//!
//! `load_shared` and `store_shared` touch rows that other threads read and write at the same time.
//! A plain Rust load or store there would be a data race, which is undefined behaviour. They are
//! therefore inline assembly, and what that assembly *means* is this Rust code:
//!
//! ```text
//! load:   for i in 0..N { lane[i] = AtomicU32::load(p + i, Relaxed) }
//! store:  for i in 0..N { AtomicU32::store(p + i, lane[i], Relaxed) }
//! ```
//!
//! Inline assembly may do whatever some Rust code could do in its place, and the processor does
//! at least this: x86-64 moves every aligned 4-byte word of a vector undivided. Values of a row
//! may come from different moments (words tear apart, a word never does), and an update may be
//! lost when two threads add to one word; Hogwild needs no more.
//!
//! # Loops, not closures
//!
//! A vector never goes through a function of the standard library (`from_fn`, `map`, an array's iterator): such a function has no
//! instruction set of its own, and whether it is inlined into one that has is the compiler's choice. It was found to choose against
//! it where a program is built in several units without any link-time optimisation; steps took four times as long.

/// A vector of `N` floats in registers.
///
/// Implementations need an instruction set. Every method is `unsafe` for that one reason, and the
/// memory ones also for their pointer: the caller must run on a processor that has the set, inside
/// a function compiled for it.
#[allow(clippy::missing_safety_doc)] // one duty for all, stated on the trait
pub(super) trait Lanes: Copy {
    /// Floats in a vector: 8 or 16.
    const N: usize;
    /// Whether there are 32 registers, enough for a tile of 6 outputs and 4 contexts.
    const WIDE: bool;

    /// Reads `N` shared floats at `p + offset` bytes, one by one in meaning (see the module).
    unsafe fn load_shared(p: *const f32, offset: usize) -> Self;
    /// Writes `N` shared floats at `p + offset` bytes, one by one in meaning (see the module).
    unsafe fn store_shared(self, p: *mut f32, offset: usize);
    /// Reads `N` floats that no other thread touches.
    unsafe fn load(p: *const f32) -> Self;
    /// Writes `N` floats that no other thread touches.
    unsafe fn store(self, p: *mut f32);
    /// All lanes `x`.
    unsafe fn splat(x: f32) -> Self;
    /// `a * b + c`, rounded once.
    unsafe fn fma(a: Self, b: Self, c: Self) -> Self;
    /// `a + b`.
    unsafe fn add(a: Self, b: Self) -> Self;
    /// `a * b`.
    unsafe fn mul(a: Self, b: Self) -> Self;
    /// Writes the sums over lanes of `a`, `b`, `c`, `d` to `to[0..4]`.
    unsafe fn sum4(a: Self, b: Self, c: Self, d: Self, to: *mut f32);
    /// In each 128-bit part the sums over that part of the four vectors.
    unsafe fn fold(of: [Self; 4]) -> Self;
    /// Sums over the parts of `N / 4` such vectors, four lanes for each; the others are of no account.
    unsafe fn join(of: [Self; 4]) -> Self;
    /// `1 + exp(-x)` (at most [`D_MOST`]) and its inverse, the sigmoid.
    unsafe fn sigmoid(x: Self) -> (Self, Self);
    /// Splits positive finite lanes into mantissas in 1..2 and exponents.
    unsafe fn split(x: Self) -> (Self, Self);
    /// Asks for the cache line at `p + offset` bytes, to be written soon.
    unsafe fn prefetch(p: *const f32, offset: usize);
}

/// Logits are clamped to +-40 in base 2, beyond which f32 sigmoids stop changing.
pub(super) const LOG2_CLAMP: f32 = 40.0;

/// Largest `1 + exp(-x)` that goes into the loss: 2 to the power of the clamp.
pub(super) const D_MOST: f32 = 1_099_511_627_776.0;

/// Taylor series of `2^f`, highest power first: on -0.5..=0.5 its relative error is below 2.5e-6, and
/// it is exactly 1 at 0, so that sigmoid(0) is exactly 1/2.
pub(super) const EXP2: [f32; 6] = [
    1.333_355_8e-3,
    9.618_129e-3,
    5.550_411e-2,
    2.402_265e-1,
    std::f32::consts::LN_2,
    1.0,
];
