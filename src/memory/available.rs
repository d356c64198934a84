//! How much memory there is.

/// Bytes that can be had without swapping: of the machine, of the container, and below the process's own
/// limit; `None` where the system does not say.
pub fn available_bytes() -> Option<u64> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let machine = field(&read("/proc/meminfo"), "MemAvailable:").and_then(kilobytes);
    let limit = field(&read("/proc/self/limits"), "Max address space").and_then(bytes);
    let taken = field(&read("/proc/self/status"), "VmSize:").and_then(kilobytes);
    // As the second version of control groups has it; what is cached of files is given back when asked for.
    let most = bytes(&read("/sys/fs/cgroup/memory.max"));
    let in_use = bytes(&read("/sys/fs/cgroup/memory.current"));
    let cached = field(&read("/sys/fs/cgroup/memory.stat"), "inactive_file").and_then(bytes);
    let in_use = in_use.map(|bytes| bytes.saturating_sub(cached.unwrap_or(0)));
    let left = |most: Option<u64>, taken: Option<u64>| Some(most?.saturating_sub(taken?));
    let all = [machine, left(limit, taken), left(most, in_use)];
    all.into_iter().flatten().min()
}

/// Gives memory that is free within the process back to the system, as far as its allocator can do that: worth it
/// after work that left much of it, before work that will need little.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it touches nothing but what is free, under the allocator's own locks, and may be called at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// The word after `name` at the start of a line.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()
}

fn bytes(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

fn kilobytes(text: &str) -> Option<u64> {
    bytes(text)?.checked_mul(1024)
}
