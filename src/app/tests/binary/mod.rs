//! The program as its command line is used: started in a folder, in English.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs it to its end.
pub(crate) fn pyrograph(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pyrograph"))
        .args(args)
        .current_dir(folder)
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .output()
        .expect("the binary starts")
}

/// The one document that it prints.
pub(crate) fn json(folder: &Path, args: &[&str]) -> Value {
    let output = pyrograph(folder, args);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)))
}

/// What it printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
