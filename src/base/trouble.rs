//! The one error type: what was found, what was expected, what to try, and where.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::text::{Lang, Words};

/// Where in the user's work a trouble sits; every part is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Id of the node on the canvas; filled in by the analysis or the engine, never by the node itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Id of the parameter at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
    /// Id of the port at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// Column of a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Row of the source, counted from 1 without the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// File or folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
}

/// Something that could not be done, told so that the person can mend it.
///
/// It is plain data, because it crosses the pipe from the worker process and is shown beside the node.
/// Boxed parts keep `Result<T, Trouble>` small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Stable code for documentation, tests and programs: `file-missing`, `column-unknown`.
    pub code: String,
    /// The texts and the place.
    #[serde(flatten)]
    pub details: Box<Details>,
}

/// The texts and the place of a [`Trouble`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// What was found.
    pub found: Words,
    /// What was expected; may be empty.
    #[serde(default)]
    pub expected: Words,
    /// What to try; may be empty.
    #[serde(default)]
    pub advice: Words,
    /// Where.
    #[serde(default)]
    pub place: Place,
}

impl Trouble {
    /// Code of a run that the person cancelled; it is no failure.
    pub const CANCELLED: &'static str = "cancelled";
    /// Code of a fault in the program itself.
    pub const INTERNAL: &'static str = "internal";

    /// A trouble with what was found; add the rest with the `with_…` functions.
    pub fn new(code: impl Into<String>, found: impl Into<Words>) -> Self {
        Self {
            code: code.into(),
            details: Box::new(Details { found: found.into(), ..Details::default() }),
        }
    }

    /// The person asked to stop.
    pub fn cancelled() -> Self {
        Self::new(Self::CANCELLED, crate::say!("the run was cancelled", "运行已取消"))
    }

    /// A fault of ours: something that cannot happen did.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::new(Self::INTERNAL, crate::say!("internal fault: {what}", "内部错误：{what}")).advice(
            crate::say!(
                "This is a fault in Pyrograph, not in your work. Save the project and report it.",
                "这是 Pyrograph 自身的问题，与您的工作无关。请保存项目并反馈。"
            ),
        )
    }

    /// A file could not be read or written.
    pub fn io(error: &std::io::Error, path: &Path) -> Self {
        use std::io::ErrorKind;
        let (code, found, advice) = match error.kind() {
            ErrorKind::NotFound => (
                "file-missing",
                crate::say!("there is no such file or folder", "找不到该文件或文件夹"),
                crate::say!(
                    "Check the path, or choose the file again.",
                    "请检查路径，或重新选择文件。"
                ),
            ),
            ErrorKind::PermissionDenied => (
                "file-forbidden",
                crate::say!("access to the file was refused", "没有访问该文件的权限"),
                crate::say!(
                    "Check the permissions of the file and its folder.",
                    "请检查文件及其文件夹的权限。"
                ),
            ),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => (
                "disk-full",
                crate::say!("the disk is full", "磁盘已满"),
                crate::say!(
                    "Free some space or choose another place; nothing was overwritten.",
                    "请清理空间或换一个位置；原有文件未被改动。"
                ),
            ),
            ErrorKind::IsADirectory => (
                "file-is-folder",
                crate::say!("this is a folder", "这是一个文件夹"),
                crate::say!("Choose a file.", "请选择一个文件。"),
            ),
            _ => ("file-io", crate::say!("{error}", "{error}"), Words::default()),
        };
        Self::new(code, found).advice(advice).path(path)
    }

    /// Says what was expected.
    pub fn expected(mut self, words: impl Into<Words>) -> Self {
        self.details.expected = words.into();
        self
    }

    /// Says what to try.
    pub fn advice(mut self, words: impl Into<Words>) -> Self {
        self.details.advice = words.into();
        self
    }

    /// Names the node.
    pub fn node(mut self, id: impl Into<String>) -> Self {
        self.details.place.node = Some(id.into());
        self
    }

    /// Names the parameter.
    pub fn param(mut self, id: impl Into<String>) -> Self {
        self.details.place.param = Some(id.into());
        self
    }

    /// Names the port.
    pub fn port(mut self, id: impl Into<String>) -> Self {
        self.details.place.port = Some(id.into());
        self
    }

    /// Names the column.
    pub fn column(mut self, name: impl Into<String>) -> Self {
        self.details.place.column = Some(name.into());
        self
    }

    /// Names the source row, counted from 1.
    pub fn row(mut self, row: u64) -> Self {
        self.details.place.row = Some(row);
        self
    }

    /// Names the file.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.details.place.path = Some(path.into());
        self
    }

    /// Forgets the path, where it says nothing to the person.
    pub fn without_path(mut self) -> Self {
        self.details.place.path = None;
        self
    }

    /// Whether the person asked for the stop.
    pub fn is_cancelled(&self) -> bool {
        self.code == Self::CANCELLED
    }

    /// One paragraph for a terminal or a log, the path last.
    pub fn message(&self, lang: Lang) -> String {
        let Details { found, expected, advice, place } = &*self.details;
        let marks = match lang {
            Lang::En => Marks {
                column: "column",
                row: "row",
                expected: "expected",
                comma: ", ",
                colon: ": ",
                semicolon: "; ",
                stop: ". ",
            },
            Lang::Zh => Marks {
                column: "列",
                row: "行",
                expected: "应为",
                comma: "，",
                colon: "：",
                semicolon: "；",
                stop: "。",
            },
        };
        let mut at = Vec::new();
        if let Some(column) = &place.column {
            at.push(format!("{} `{column}`", marks.column));
        }
        if let Some(row) = place.row {
            at.push(format!("{} {row}", marks.row));
        }
        let mut text = at.join(marks.comma);
        if !text.is_empty() {
            text.push_str(marks.colon);
        }
        text.push_str(found.get(lang));
        if !expected.is_empty() {
            text.push_str(
                &[marks.semicolon, marks.expected, marks.colon, expected.get(lang)].concat(),
            );
        }
        if !advice.is_empty() {
            text.push_str(marks.stop);
            text.push_str(advice.get(lang));
        }
        if let Some(path) = &place.path {
            text.push_str(&format!(" [{}]", path.display()));
        }
        text
    }
}

/// Words and punctuation of one language.
struct Marks {
    column: &'static str,
    row: &'static str,
    expected: &'static str,
    comma: &'static str,
    colon: &'static str,
    semicolon: &'static str,
    stop: &'static str,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for Trouble {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say;

    #[test]
    fn message_names_place_found_expected_advice_and_path_last() {
        let name = "Age";
        let trouble =
            Trouble::new("not-a-number", say!("`{name}` holds `abc`", "`{name}` 含有 `abc`"))
                .expected(say!("a number", "数字"))
                .advice(say!("Mark `abc` as missing.", "将 `abc` 标为缺失。"))
                .column("Age")
                .row(7)
                .path("people.csv");
        assert_eq!(
            trouble.to_string(),
            "column `Age`, row 7: `Age` holds `abc`; expected: a number. Mark `abc` as missing. [people.csv]"
        );
        assert_eq!(
            trouble.message(Lang::Zh),
            "列 `Age`，行 7：`Age` 含有 `abc`；应为：数字。将 `abc` 标为缺失。 [people.csv]"
        );
        let json = serde_json::to_string(&trouble).expect("plain data");
        assert_eq!(serde_json::from_str::<Trouble>(&json).expect("round trip"), trouble);
    }
}
