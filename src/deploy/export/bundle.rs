//! Export `bundle`: the bundle itself.

use pg_base::t;

use super::{ExportFile, ExportFormat};

/// The bundle, which every other format is made from.
pub static FORMAT: ExportFormat = ExportFormat {
    id: "bundle",
    title: t("Bundle", "模型包"),
    summary: t(
        "One .pyromodel file for `pyrograph predict` and `pyrograph serve`.",
        "一个 .pyromodel 文件，用于 `pyrograph predict` 和 `pyrograph serve`。",
    ),
    files: |bundle| Ok(vec![ExportFile::new("model.pyromodel", bundle.to_bytes()?)]),
};
