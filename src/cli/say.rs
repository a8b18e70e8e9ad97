//! Printing: troubles to stderr in the person's language, JSON to stdout.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process;

use pg_base::{Lang, Trouble};
use serde_json::Value;

/// Tells a trouble.
pub(crate) fn trouble(trouble: &Trouble) {
    let lang = Lang::from_env();
    let lead = match lang {
        Lang::En => "error",
        Lang::Zh => "错误",
    };
    let node =
        trouble.details.place.node.as_deref().map(|node| format!(" [{node}]")).unwrap_or_default();
    eprintln!("{lead}{node}: {} ({})", trouble.message(lang), trouble.code);
}

/// Prints a line to standard output. A reader that has gone (`| head`) ends the program quietly; a full disk is told.
pub(crate) fn line(text: &str) {
    let mut out = io::stdout().lock();
    let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush()) else { return };
    if error.kind() == ErrorKind::BrokenPipe {
        process::exit(0);
    }
    trouble(&Trouble::io(&error, Path::new("-")));
    process::exit(1);
}

/// Prints one JSON document.
pub(crate) fn json(value: &Value) {
    line(&format!("{value:#}"));
}

/// Aligns columns: the first to the left, the others to the right where they begin with a digit.
pub(crate) fn rows(rows: &[Vec<String>]) {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width_of =
        |text: &str| text.chars().map(|c| if c as u32 >= 0x1100 { 2 } else { 1 }).sum::<usize>();
    let widths: Vec<usize> = (0..n_columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| width_of(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let gap = " ".repeat(width.saturating_sub(width_of(cell)));
            let is_number = cell.chars().next().is_some_and(|first| first.is_ascii_digit());
            if is_number {
                line.push_str(&gap);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&gap);
            }
            line.push_str("  ");
        }
        self::line(line.trim_end());
    }
}
