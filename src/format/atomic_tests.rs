use super::*;

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn put(path: &Path, text: &str) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(text.as_bytes()).unwrap();
    file.commit()
}

#[test]
fn nothing_shows_before_commit_and_nothing_stays_without() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    put(&path, "old").unwrap();
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"new").unwrap();
    file.flush().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()).len(), 2);
    drop(file);
    assert_eq!(names(folder.path()), ["out"]);
    put(&path, "new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn probing_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    probe_output(&folder.path().join("new")).unwrap();
    assert!(names(folder.path()).is_empty());
    let missing = folder.path().join("no/such/out");
    let error = probe_output(&missing).unwrap_err();
    assert!(
        matches!(error, Error::Format(FormatError::NoFolder { .. })),
        "{error}"
    );
    let error = probe_output(folder.path()).unwrap_err();
    assert!(
        matches!(error, Error::Format(FormatError::IsFolder(_))),
        "{error}"
    );
}

#[test]
fn unfinished_files_can_be_removed_at_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let file = AtomicFile::create(&folder.path().join("out")).unwrap();
    let temporary = match &file.writer {
        Target::Sibling(_, registration) => registration.0.clone(),
        Target::Straight(_) => panic!("a new file has a sibling"),
    };
    assert!(UNFINISHED.lock().unwrap().contains(&temporary));
    // What `remove_unfinished` does, for this file alone: other tests write at the same time.
    fs::remove_file(&temporary).unwrap();
    drop(file);
    assert!(!UNFINISHED.lock().unwrap().contains(&temporary));
    assert!(names(folder.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn permissions_are_those_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| {
        let kind = fs::metadata(folder.path().join(name)).unwrap();
        kind.permissions().mode()
    };
    fs::write(folder.path().join("plain"), "").unwrap();
    put(&folder.path().join("ours"), "").unwrap();
    assert_eq!(mode("ours"), mode("plain"));
}

#[cfg(unix)]
#[test]
fn permissions_of_an_older_file_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for mode in [0o600, 0o640, 0o666, 0o444] {
        let _ = fs::remove_file(&path);
        put(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let file = AtomicFile::create(&path).unwrap();
        let Target::Sibling(_, registration) = &file.writer else {
            panic!("an older file has a sibling");
        };
        // Nor may others read what is not yet whole.
        assert_eq!(rights(registration.path()), mode);
        file.commit().unwrap();
        assert_eq!(rights(&path), mode);
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_stay_links() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deep")).unwrap();
    symlink("deep/second", folder.path().join("first")).unwrap();
    symlink("target", folder.path().join("deep/second")).unwrap();
    put(&folder.path().join("first"), "text").unwrap();
    assert!(
        fs::symlink_metadata(folder.path().join("first"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        fs::read(folder.path().join("deep/target")).unwrap(),
        b"text"
    );
    symlink("loop", folder.path().join("loop")).unwrap();
    assert!(put(&folder.path().join("loop"), "text").is_err());
    // As many links as the system itself follows, and one more.
    for i in 0..=40 {
        let next = if i == 0 {
            "end".into()
        } else {
            format!("link{}", i - 1)
        };
        symlink(next, folder.path().join(format!("link{i}"))).unwrap();
    }
    for times in ["first", "second"] {
        put(&folder.path().join("link39"), times).unwrap();
        assert_eq!(
            fs::read_to_string(folder.path().join("end")).unwrap(),
            times
        );
        assert!(put(&folder.path().join("link40"), "text").is_err());
    }
    assert!(
        fs::symlink_metadata(folder.path().join("link0"))
            .unwrap()
            .is_symlink()
    );
}

/// A pipe in a folder of the test and not a device of the machine: a writer that is broken may replace it.
#[cfg(target_os = "linux")]
#[test]
fn a_pipe_is_written_straight_and_one_that_nobody_reads_is_an_error() {
    use std::io::Read;
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    // Never waits: a writer that writes elsewhere fails the test and does not hang it.
    let open = || {
        let mut options = File::options();
        options.read(true).custom_flags(libc::O_NONBLOCK);
        options.open(&pipe).unwrap()
    };
    let mut reader = open();
    put(&pipe, "text").unwrap();
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "text");
    assert_eq!(names(folder.path()), ["pipe"]);

    let mut file = AtomicFile::create(&pipe).unwrap();
    drop(reader);
    file.write_all(b"text").unwrap();
    let error = file.commit().unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    let mut file = {
        let _reader = open();
        AtomicFile::create(&pipe).unwrap()
    };
    file.write_all(b"text").unwrap();
    let error = file.settle().unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}
