//! The certificates that TLS trusts, when the environment names a file that is not there.

use std::{env, ffi::OsStr, io, os::unix::process::CommandExt, path::Path, process::Command};

/// Read by TLS at its first use. With it, nothing else is searched: if the file is missing, nobody is trusted.
const FILE: &str = "SSL_CERT_FILE";

/// Does without `SSL_CERT_FILE` if the file is missing (an image of another system than Lambda's, say). TLS then
/// searches where systems keep certificates, which takes longer than all else of a start.
///
/// The variables of a process with threads cannot be changed safely, so the program takes its own place.
pub fn find() {
    let Some(file) = env::var_os(FILE).filter(|file| !Path::new(file).exists()) else { return };
    let file = file.display();
    tracing::warn!(
        %file,
        remedy = "set SSL_CERT_FILE to the file where the function runs, or remove it",
        "the certificates that SSL_CERT_FILE names are missing: searching for others, which takes longer",
    );
    let error = start_without(FILE.as_ref());
    tracing::error!(%error, "cannot start without SSL_CERT_FILE: TLS will fail");
}

/// Returns only if that fails.
fn start_without(variable: &OsStr) -> io::Error {
    let program = match env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    Command::new(program).args(env::args_os().skip(1)).env_remove(variable).exec()
}
