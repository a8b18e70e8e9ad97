//! What all nodes share that read a table from a file: the path, what is said about columns, what is known beforehand.

use std::path::{Path, PathBuf};

use pg_base::{Choice, Fingerprint, Param, ParamValues, StableHasher, Trouble, t};
use pg_contract::{Facts, Inferred, RunCx, Value};
use pg_data::read::{ColumnChoices, ReadTable, Sample, files_of};

use super::{file_key, no_path, warn_all};

pub(super) const MISSING: Param<Vec<String>> =
    Param::columns("missing", t("Missing marks", "缺失标记"), &[]).help(t(
        "Cells that mean missing, besides empty, NA, null, ? and the like.",
        "除空白、NA、null、? 等之外，表示缺失的内容。",
    ));
pub(super) const NUMBERS: Param<Vec<String>> =
    Param::columns("numbers", t("Read as numbers", "按数值读取"), &[]).help(t(
        "Columns that must be numbers; other kinds are recognised.",
        "必须为数值的列；其他类型自动识别。",
    ));
pub(super) const CATEGORIES: Param<Vec<String>> =
    Param::columns("categories", t("Read as categories", "按类别读取"), &[]);
pub(super) const TEXTS: Param<Vec<String>> =
    Param::columns("texts", t("Read as text", "按文本读取"), &[]);

pub(super) const HEADER: Param<String> = Param::choice(
    "header",
    t("First row names the columns", "首行为列名"),
    "auto",
    &[
        Choice { id: "auto", label: t("Recognise", "自动识别") },
        Choice { id: "yes", label: t("Yes", "是") },
        Choice { id: "no", label: t("No", "否") },
    ],
);

/// What a choice of `yes`, `no` or `auto` says.
pub(super) fn yes_or_no(choice: &str) -> Option<bool> {
    match choice {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// The kinds that the person chose, by column.
pub(super) fn kinds(params: &ParamValues) -> impl Iterator<Item = (String, String)> {
    [(&NUMBERS, "number"), (&CATEGORIES, "category"), (&TEXTS, "text")].into_iter().flat_map(
        move |(param, kind)| param.of(params).into_iter().map(move |name| (name, kind.to_owned())),
    )
}

/// What the person says about columns.
pub(super) fn choices(params: &ParamValues) -> ColumnChoices {
    ColumnChoices { missing_marks: MISSING.of(params), kinds: kinds(params).collect() }
}

/// A text parameter; none where it is empty.
pub(super) fn filled(param: &Param<String>, params: &ParamValues) -> Option<String> {
    Some(param.of(params).trim().to_owned()).filter(|text| !text.is_empty())
}

/// The path of the source against the project's folder.
pub(super) fn path_of(
    param: &Param<String>,
    params: &ParamValues,
    base: &Path,
) -> Result<PathBuf, Trouble> {
    let path = filled(param, params).ok_or_else(|| no_path(param.spec.id))?;
    Ok(base.join(path))
}

/// A key of the file, or of all files that a pattern fits, as they are now.
pub(super) fn fingerprint(path: &Path) -> Result<Fingerprint, Trouble> {
    let mut hasher = StableHasher::new();
    for file in files_of(path)? {
        if file != path {
            hasher.text(&file.to_string_lossy());
        }
        file_key(&mut hasher, &file)?;
    }
    Ok(hasher.finish())
}

/// What a look at the first rows tells.
pub(super) fn inferred(sample: Result<Sample, Trouble>) -> Inferred {
    match sample {
        Ok(sample) => {
            Inferred::of(Facts::Table { sample: sample.table, is_whole: sample.is_whole })
        }
        Err(trouble) => Inferred::error(trouble),
    }
}

/// The table as the output of the node, warnings passed on.
pub(super) fn output(cx: &RunCx<'_>, read: ReadTable) -> Vec<Value> {
    warn_all(cx, read.warnings);
    vec![Value::Table(read.table)]
}
