//! Folders for files that nobody else may read, gone when the work is done; those of a process that was killed are removed
//! by the next one.

use std::fs::{DirEntry, File, OpenOptions, Permissions};
use std::io::{Result, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// How the names of our folders begin.
const PREFIX: &str = "pgpassage-schema-";

/// The file whose lock says that the folder is in use.
const LOCK: &str = "lock";

/// A folder that is younger may not be locked yet by whoever has created it.
const AGE_MIN: Duration = Duration::from_mins(1);

/// A folder with mode 0700, in which every file has mode 0600.
#[derive(Debug)]
pub(crate) struct PrivateFolder {
    folder: TempDir,
    _lock: File,
}

impl PrivateFolder {
    /// Creates one, and removes what killed processes of this user have left beside it.
    pub(crate) fn create(parent: &Path) -> Result<PrivateFolder> {
        let mut builder = tempfile::Builder::new();
        let folder = builder.prefix(PREFIX).permissions(Permissions::from_mode(0o700)).tempdir_in(parent)?;
        let lock = create_private(&folder.path().join(LOCK))?;
        lock.lock()?;
        remove_left_over(parent, folder.path().metadata()?.uid(), AGE_MIN);
        Ok(PrivateFolder { folder, _lock: lock })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Creates a file in it, or replaces it.
    pub(crate) fn create_file(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.path().join(name);
        create_private(&path)?.write_all(bytes)?;
        Ok(path)
    }
}

fn create_private(path: &Path) -> Result<File> {
    OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)
}

/// Removes folders of ours that no process uses. One that cannot be removed stays: it hinders nobody.
fn remove_left_over(parent: &Path, user: u32, age_min: Duration) {
    let entries = std::fs::read_dir(parent).into_iter().flatten().filter_map(Result::ok);
    for entry in entries.filter(|entry| is_left_over(entry, user, age_min)) {
        let _ = std::fs::remove_dir_all(entry.path());
    }
}

fn is_left_over(entry: &DirEntry, user: u32, age_min: Duration) -> bool {
    if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
        return false;
    }
    // The metadata of an entry is that of a symbolic link itself.
    let Ok(metadata) = entry.metadata() else { return false };
    let age = metadata.modified().ok().and_then(|time| SystemTime::now().duration_since(time).ok());
    if !metadata.is_dir() || metadata.uid() != user || age.is_none_or(|age| age < age_min) {
        return false;
    }
    // Without its lock, the process was killed between creating the folder and locking it.
    File::open(entry.path().join(LOCK)).map_or(true, |lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::time::Duration;

    use super::{PREFIX, PrivateFolder, remove_left_over};

    #[test]
    fn only_this_user_reads_what_is_in_it() {
        let parent = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::create(parent.path()).unwrap();
        let file = folder.create_file("schema", b"secret").unwrap();
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(folder.path()), mode(&file), mode(&folder.path().join("lock"))),
            (0o700, 0o600, 0o600)
        );
        drop(folder);
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_is_in_use_or_not_ours_stays() {
        let parent = tempfile::tempdir().unwrap();
        let user = parent.path().metadata().unwrap().uid();
        let in_use = PrivateFolder::create(parent.path()).unwrap();
        let left = parent.path().join(format!("{PREFIX}left"));
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("lock"), "").unwrap();
        std::fs::write(left.join("schema"), "secret").unwrap();
        let other = parent.path().join("other");
        std::fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(&other, parent.path().join(format!("{PREFIX}link"))).unwrap();

        remove_left_over(parent.path(), user, Duration::from_mins(1));
        assert!(left.exists(), "it may just have been created");
        remove_left_over(parent.path(), user + 1, Duration::ZERO);
        assert!(left.exists(), "it is not ours");
        remove_left_over(parent.path(), user, Duration::ZERO);
        assert!(!left.exists() && in_use.path().exists() && other.exists());
    }
}
