//! Sample table: small data sets that come with the program.

use std::io::Read;

use pg_base::{Choice, NodeText, Param, Trouble, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::read::{CsvOptions, read_csv};
use pg_data::{Role, Table};

use crate::by_step::TABLE_OUT;
use crate::examples;

/// The data sets: id, compressed text, target. Where they come from is told in `sample_data/README.md`.
const ALL: [(&str, &[u8], &str); 7] = [
    ("iris", include_bytes!("samples/iris.csv.gz"), "species"),
    ("wine", include_bytes!("samples/wine.csv.gz"), "cultivar"),
    ("breast_cancer", include_bytes!("samples/breast_cancer.csv.gz"), "diagnosis"),
    ("diabetes", include_bytes!("samples/diabetes.csv.gz"), "progression"),
    ("digits", include_bytes!("samples/digits.csv.gz"), "digit"),
    ("sentences", include_bytes!("samples/sentences.tsv.gz"), "sentiment"),
    ("messy_orders", include_bytes!("samples/messy_orders.csv.gz"), "是否退货"),
];

const NAME: Param<String> = Param::choice(
    "name",
    t("Data set", "数据集"),
    "iris",
    &[
        Choice {
            id: "iris", label: t("Iris: 150 flowers, 3 species", "鸢尾花：150 朵，3 个品种")
        },
        Choice {
            id: "wine", label: t("Wine: 178 wines, 3 cultivars", "葡萄酒：178 种，3 个品种")
        },
        Choice {
            id: "breast_cancer",
            label: t("Breast cancer: 569 tumours, 2 classes", "乳腺癌：569 例，2 类"),
        },
        Choice {
            id: "diabetes",
            label: t("Diabetes: 442 patients, a number", "糖尿病：442 名患者，数值目标"),
        },
        Choice {
            id: "digits",
            label: t("Digits: 1797 pictures as 64 numbers", "手写数字：1797 张，64 个数值"),
        },
        Choice {
            id: "sentences",
            label: t("Sentences: 480 opinions, 2 moods", "句子：480 条评价，2 种情感"),
        },
        Choice {
            id: "messy_orders",
            label: t("Messy orders: 300 rows to clean", "脏订单：300 行，用于练习清洗"),
        },
    ],
);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "sample_table",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("Sample table", "示例数据"),
        summary: t("A small data set that comes with the program.", "程序自带的小型数据集。"),
        help: t(
            "Well-known tables to try things with, without any file. The column to predict is the target already.",
            "无需文件即可试用的常见数据集。待预测的列已设为目标。",
        ),
        keywords: &[
            "sample",
            "iris",
            "wine",
            "breast cancer",
            "diabetes",
            "digits",
            "example",
            "Datasets",
            "load_iris",
            "toy",
            "示例",
            "鸢尾花",
            "数据集",
        ],
    },
    status: Status::Stable,
    inputs: &[],
    outputs: &[TABLE_OUT],
    params: &[NAME.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer,
    run,
    example: Example { params: examples::defaults, inputs: || Ok(Vec::new()) },
};

fn table(name: &str) -> Result<Table, Trouble> {
    let (_, bytes, target) = ALL
        .iter()
        .find(|(id, ..)| *id == name)
        .ok_or_else(|| Trouble::internal(format!("there is no sample `{name}`")))?;
    let mut bytes_of_text = Vec::new();
    flate2::read::GzDecoder::new(*bytes)
        .read_to_end(&mut bytes_of_text)
        .map_err(Trouble::internal)?;
    let mut options = CsvOptions::of_bytes(bytes_of_text);
    if name == "digits" {
        options.kinds.insert((*target).to_owned(), "category".to_owned());
    }
    let table = read_csv(&options, &pg_base::CancelToken::default(), &pg_base::NoProgress)?.table;
    let mut schema = table.schema().clone();
    if let Some(column) = schema.get_mut(target) {
        column.role = Role::Target;
    }
    Table::from_source(table.rows().frame.drop_many([pg_data::table::ROW]), schema)
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    Ok(vec![Value::Table(table(&cx.param(&NAME))?)])
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    match table(&cx.param(&NAME)) {
        Ok(sample) => Inferred::of(Facts::Table { sample, is_whole: true }),
        Err(trouble) => Inferred::error(trouble),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_has_its_target() {
        let found: Vec<String> = ALL
            .iter()
            .map(|(name, _, target)| {
                let table = table(name).expect("a table");
                assert_eq!(
                    table.schema().target().map(|column| column.name.as_str()),
                    Some(*target)
                );
                format!("{name} {} {}", table.n_rows(), table.schema().columns.len())
            })
            .collect();
        let expected = [
            "iris 150 5",
            "wine 178 14",
            "breast_cancer 569 31",
            "diabetes 442 11",
            "digits 1797 65",
            "sentences 480 2",
            "messy_orders 300 9",
        ];
        assert_eq!(found, expected);
    }
}
