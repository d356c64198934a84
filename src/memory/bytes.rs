//! Numbers as the bytes that files hold.

use std::borrow::Cow;

/// The floats as little-endian bytes; copied only on machines of another order.
pub fn le_bytes(floats: &[f32]) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "big") {
        return floats.iter().flat_map(|x| x.to_le_bytes()).collect();
    }
    // SAFETY: a float is four bytes, all of them set, and any place is aligned for bytes.
    let (_, bytes, _) = unsafe { floats.align_to::<u8>() };
    Cow::Borrowed(bytes)
}
