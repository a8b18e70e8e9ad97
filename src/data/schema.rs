//! What is known about the columns of a table: kind and role.

use pg_base::{Text, Trouble, say, t};
use serde::{Deserialize, Serialize};

/// What the values of a column mean; the physical type in the frame follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ColumnKind {
    /// Numbers: any numeric Polars type; missing is null (never NaN).
    Number,
    /// One of few values: Polars String; missing is null.
    Category,
    /// Free text: Polars String.
    Text,
    /// A day or a moment: Polars Date or Datetime.
    Date,
    /// Pictures.
    Image(ImageForm),
    /// Sounds: Polars String with the path of the file.
    Audio,
    /// Token ids without padding: Polars List(UInt32); 0 is padding, 1 an unknown token.
    Sequence {
        /// Ids kept per row; longer rows are cut, shorter ones padded with 0 when a batch is made.
        length: usize,
        /// Number of ids, padding and unknown included.
        vocabulary: usize,
    },
}

/// How pictures are held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "form")]
pub enum ImageForm {
    /// Polars String with the path of the file; not decoded yet.
    Files,
    /// Polars Binary: `height * width * channels` bytes, row by row, channels last (RGB or grey).
    Pixels {
        /// Pixels.
        height: usize,
        /// Pixels.
        width: usize,
        /// 1 (grey) or 3 (red, green, blue).
        channels: usize,
        /// Subtracted from each channel (values 0..=1) when a batch is made.
        mean: Vec<f32>,
        /// Divides each channel after that; never 0.
        std: Vec<f32>,
        /// Random changes of training pictures.
        #[serde(default)]
        augment: Augment,
    },
}

/// Random changes of pictures in training batches; validation, test and prediction see pictures as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augment {
    /// Mirrors left to right, half of the time.
    pub flips_horizontally: bool,
    /// Mirrors top to bottom, half of the time.
    pub flips_vertically: bool,
    /// Moves by up to this share of the side, each way; 0 for none.
    pub max_shift: f32,
    /// Turns by up to so many degrees, each way; 0 for none.
    pub max_turn: f32,
    /// Enlarges or shrinks by up to this share; 0 for none.
    pub max_zoom: f32,
}

impl ColumnKind {
    /// Stable id: `number`, `category`, `text`, `date`, `image`, `audio`, `sequence`.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Category => "category",
            Self::Text => "text",
            Self::Date => "date",
            Self::Image(_) => "image",
            Self::Audio => "audio",
            Self::Sequence { .. } => "sequence",
        }
    }

    /// What the person reads.
    pub fn label(&self) -> Text {
        match self {
            Self::Number => t("number", "数值"),
            Self::Category => t("category", "类别"),
            Self::Text => t("text", "文本"),
            Self::Date => t("date", "日期"),
            Self::Image(_) => t("image", "图像"),
            Self::Audio => t("audio", "音频"),
            Self::Sequence { .. } => t("sequence", "序列"),
        }
    }
}

/// What a column is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The model sees it.
    #[default]
    Feature,
    /// The model predicts it.
    Target,
    /// Rows of one group stay together in a split.
    Group,
    /// Orders the rows.
    Time,
    /// Names the row; kept, never seen by the model.
    Id,
    /// Kept, never seen by the model.
    Ignored,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name, unique in the table.
    pub name: String,
    /// What its values mean.
    #[serde(flatten)]
    pub kind: ColumnKind,
    /// What it is used for.
    #[serde(default)]
    pub role: Role,
}

impl Column {
    /// A feature column.
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self { name: name.into(), kind, role: Role::Feature }
    }

    /// The same column in another role.
    pub fn with_role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }
}

/// The columns of a table, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// All columns.
    pub columns: Vec<Column>,
}

impl Schema {
    /// The column of a name.
    pub fn get(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column of a name, for changing it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == name)
    }

    /// The column of a name, or a trouble that lists what there is and guesses what was meant.
    pub fn require(&self, name: &str) -> Result<&Column, Trouble> {
        self.get(name).ok_or_else(|| {
            let all: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
            let known = if all.len() > 12 {
                format!("{}, …", all[..12].join(", "))
            } else {
                all.join(", ")
            };
            let close = all.iter().find(|other| other.trim().eq_ignore_ascii_case(name.trim()));
            let advice = match close {
                Some(close) => say!("Did you mean `{close}`?", "您是指 `{close}` 吗？"),
                None => say!("Choose one of: {known}.", "请从以下列中选择：{known}。"),
            };
            Trouble::new(
                "column-unknown",
                say!("there is no column `{name}`", "没有名为 `{name}` 的列"),
            )
            .advice(advice)
            .column(name)
        })
    }

    /// The columns in a role.
    pub fn in_role(&self, role: Role) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |column| column.role == role)
    }

    /// The first target column, for what only shows an example of them.
    pub fn target(&self) -> Option<&Column> {
        self.in_role(Role::Target).next()
    }

    /// The target, for what cannot do with several.
    ///
    /// Errors: `target-missing`, `targets-several`.
    pub fn one_target(&self) -> Result<&Column, Trouble> {
        let targets: Vec<&Column> = self.in_role(Role::Target).collect();
        match targets.as_slice() {
            [only] => Ok(only),
            [] => Err(Trouble::new(
                "target-missing",
                say!("no column is the target", "没有设置目标列"),
            )
            .advice(say!("Put Set target before this node.", "请在此节点之前加入“设定目标”。"))),
            [first, ..] => Err(several_targets(targets.len()).column(&first.name)),
        }
    }

    /// Names of the columns that fit: those named, or where none is named all features of the given kinds.
    pub fn select(&self, named: &[String], kind_ids: &[&str]) -> Result<Vec<String>, Trouble> {
        let fits = |column: &Column| kind_ids.is_empty() || kind_ids.contains(&column.kind.id());
        if named.is_empty() {
            return Ok(self
                .in_role(Role::Feature)
                .filter(|c| fits(c))
                .map(|c| c.name.clone())
                .collect());
        }
        let mut chosen = Vec::with_capacity(named.len());
        for name in named {
            let column = self.require(name)?;
            if !fits(column) {
                let (found, wanted) = (column.kind.label(), kind_ids.join(" / "));
                let (en, zh) = (found.en, found.zh);
                return Err(Trouble::new(
                    "column-kind",
                    say!("`{name}` is a {en} column", "`{name}` 是{zh}列"),
                )
                .expected(say!("{wanted}", "{wanted}"))
                .column(name));
            }
            if !chosen.contains(name) {
                chosen.push(name.clone());
            }
        }
        Ok(chosen)
    }
}

/// The trouble of what takes one target and finds several.
pub fn several_targets(n_targets: usize) -> Trouble {
    Trouble::new(
        "targets-several",
        say!("there are {n_targets} targets", "有 {n_targets} 个目标"),
    )
    .expected(say!("one target here", "此处只能有一个目标"))
    .advice(say!(
        "Name one target where the node asks for it; else leave the node out, or give it a branch in which Set target has one column.",
        "若节点可以指定目标，请选择其中之一；否则请去掉此节点，或为它另开一个分支，并在其中的“设定目标”里只选一列。"
    ))
}
