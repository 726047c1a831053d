//! Reads the files that a user names, with a limit: a device without end, or a file of the wrong kind, must not take all
//! memory.

use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// The largest file that people write by hand (configuration, properties, rules, passwords), in bytes.
pub const WRITTEN_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The largest file that the program writes and reads again (recorded facts, JSON reports), in bytes.
pub const RECORDED_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// The text of a file of at most `bytes_max` bytes. A longer one is an error of kind `FileTooLarge`, found when the
/// limit is reached, and one that is not UTF-8 is `InvalidData`.
pub fn read_text(path: &Path, bytes_max: u64) -> Result<String, Error> {
    let mut text = String::new();
    let read = File::open(path)?.take(bytes_max + 1).read_to_string(&mut text);
    if text.len() as u64 > bytes_max || matches!(read, Ok(bytes) if bytes as u64 > bytes_max) {
        let problem = format!("the file is larger than {} MiB", bytes_max / 1024 / 1024);
        return Err(Error::new(ErrorKind::FileTooLarge, problem));
    }
    read.map(|_| text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::read_text;

    #[test]
    fn a_file_without_end_is_an_error() {
        assert_eq!(
            read_text(Path::new("/dev/zero"), 1024).unwrap_err().kind(),
            std::io::ErrorKind::FileTooLarge
        );
        assert_eq!(read_text(Path::new("/dev/null"), 1024).unwrap(), "");
    }
}
