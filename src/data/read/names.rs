//! Names of columns: never empty, never twice, never one of the reserved names.

use std::collections::{BTreeMap, BTreeSet};

use crate::table::{PART, ROW};

/// The names of `n_columns` columns from the cells of a header, or `column_1`, `column_2` … where there is none.
pub(super) fn column_names(header: Option<&[String]>, n_columns: usize) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::with_capacity(n_columns);
    for index in 0..n_columns {
        let cell = header.and_then(|cells| cells.get(index)).map_or("", String::as_str);
        let words: Vec<&str> = cell
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|w| !w.is_empty())
            .collect();
        let mut name = words.join(" ");
        if name == ROW || name == PART {
            name = name.trim_start_matches('#').to_owned();
        }
        if name.is_empty() {
            name = format!("column_{}", index + 1);
        }
        let mut unique = name.clone();
        while taken.contains(&unique) {
            let count = counts.entry(name.clone()).or_insert(1);
            *count += 1;
            unique = format!("{name}_{count}");
        }
        taken.insert(unique.clone());
        names.push(unique);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_usable() {
        let header = ["a", " a ", "", "#row", "#part", "two\nlines", "a_2"].map(str::to_owned);
        let expected = ["a", "a_2", "column_3", "row", "part", "two lines", "a_2_2"];
        assert_eq!(column_names(Some(&header), 7), expected);
        assert_eq!(column_names(None, 2), ["column_1", "column_2"]);
        assert_eq!(column_names(Some(&header[..1]), 2), ["a", "column_2"]);
    }
}
