//! Which columns of a table feed a network, and why some cannot.

use pg_base::{Text, Trouble, say, t};

use super::{Encoder, InputSlot, TargetCodec, Task};
use crate::schema::{Column, ColumnKind, ImageForm, Role, Schema};
use crate::table::Table;

impl Encoder {
    /// Learns inputs and target from the training rows.
    ///
    /// Errors: those of [`Encoder::inputs_of`], and `target-missing`, `target-kind`, `target-not-numeric`,
    /// `target-all-missing`, `target-one-class`, `target-constant`, `class-too-rare`, and for several targets those of
    /// [`TargetCodec::fit_all`].
    pub fn fit(table: &Table, task: Task) -> Result<Self, Trouble> {
        let schema = table.schema();
        let columns: Vec<String> =
            schema.in_role(Role::Target).map(|target| target.name.clone()).collect();
        if columns.is_empty() {
            return Err(Trouble::new(
                "target-missing",
                say!("no column is the target", "没有设置目标列"),
            )
            .advice(say!(
                "Add a Set target node after the data and choose the column to predict.",
                "请在数据之后添加“设定目标”节点，并选择要预测的列。"
            )));
        }
        let inputs = Self::inputs_of(schema)?;
        let training = table.training_columns(&columns)?;
        let mut targets = TargetCodec::fit_all(&training, &columns, task)?;
        if let Some(kind) = table.recipe().target_curve() {
            let on_curve = |target: TargetCodec| target.on_curve(&training, kind);
            targets = targets.into_iter().map(on_curve).collect::<Result<_, _>>()?;
        }
        Ok(Self { inputs, targets, accepts_gaps: false })
    }

    /// The inputs that the features of a schema make; looks at no row.
    ///
    /// Errors: `feature-none`, `feature-not-numeric`.
    pub fn inputs_of(schema: &Schema) -> Result<Vec<InputSlot>, Trouble> {
        let mut numbers = Vec::new();
        let mut others = Vec::new();
        let mut raw: Vec<&Column> = Vec::new();
        for feature in schema.in_role(Role::Feature) {
            let column = feature.name.clone();
            match &feature.kind {
                ColumnKind::Number => numbers.push(column),
                ColumnKind::Image(ImageForm::Pixels { height, width, channels, .. }) => {
                    others.push(InputSlot::Image {
                        column,
                        height: *height,
                        width: *width,
                        channels: *channels,
                    });
                }
                ColumnKind::Sequence { length, vocabulary } => {
                    others.push(InputSlot::Sequence {
                        column,
                        length: *length,
                        vocabulary: *vocabulary,
                    });
                }
                ColumnKind::Category
                | ColumnKind::Text
                | ColumnKind::Date
                | ColumnKind::Image(ImageForm::Files)
                | ColumnKind::Audio => raw.push(feature),
            }
        }
        if let Some(first) = raw.first() {
            return Err(not_numeric(first, &raw));
        }
        let mut inputs = Vec::with_capacity(1 + others.len());
        if !numbers.is_empty() {
            inputs.push(InputSlot::Numbers { columns: numbers });
        }
        inputs.extend(others);
        if inputs.is_empty() {
            return Err(Trouble::new("feature-none", say!("the table has no feature column", "表格没有特征列"))
                .expected(say!("at least one column to learn from", "至少有一列可供学习"))
                .advice(say!(
                    "Check Select columns and Set target: every column but the target was dropped or ignored.",
                    "请检查“选择列”和“设定目标”：除目标外的列都被删除或忽略了。"
                )));
        }
        Ok(inputs)
    }
}

fn not_numeric(first: &Column, all: &[&Column]) -> Trouble {
    let name = &first.name;
    let kind = first.kind.label();
    let (en, zh) = (kind.en, kind.zh);
    let mut found = say!("`{name}` is a {en} column", "`{name}` 是{zh}列");
    if all.len() > 1 {
        let names: Vec<&str> =
            all.iter().skip(1).take(8).map(|column| column.name.as_str()).collect();
        let more = if all.len() > 9 { ", …" } else { "" };
        let (rest, n) = (names.join(", "), all.len() - 1);
        found
            .en
            .push_str(&format!(", and {n} more cannot enter a model as they are ({rest}{more})"));
        found.zh.push_str(&format!("，另有 {n} 列也不能直接输入模型（{rest}{more}）"));
    }
    let advice = advice_for(&first.kind);
    Trouble::new("feature-not-numeric", found)
        .expected(say!(
            "numbers, resized images or token sequences",
            "数值、统一尺寸的图像或词元序列"
        ))
        .advice(advice)
        .column(name)
}

fn advice_for(kind: &ColumnKind) -> Text {
    match kind {
        ColumnKind::Category => t(
            "Add a One-hot encode or a Category codes node, or drop the column with Select columns.",
            "请加入“独热编码”或“类别编号”节点，或用“选择列”删除该列。",
        ),
        ColumnKind::Text => t(
            "Add a Tokenise node for a network or Hash encode for any model, or drop the column with Select columns.",
            "网络可加入“分词”节点，任何模型都可用“哈希编码”，或用“选择列”删除该列。",
        ),
        ColumnKind::Date => t(
            "Add a Date features node, or drop the column with Select columns.",
            "请加入“日期特征”节点，或用“选择列”删除该列。",
        ),
        ColumnKind::Image(_) => t("Add a Resize images node.", "请加入“调整图像大小”节点。"),
        _ => t("Drop the column with Select columns.", "请用“选择列”删除该列。"),
    }
}
