//! Join: columns of a second table beside the rows of the first, by key.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, PortSpec, PortType, Stage, Status, Value,
};
use pg_data::Table;
use pg_data::combine::{self, Duplicates, Join, JoinKind};

use crate::by_step::{TABLE_IN, TABLE_OUT};
use crate::examples;

const LOOKUP_IN: PortSpec = PortSpec::new("lookup", t("Lookup table", "查找表"), PortType::Table);
const KEYS: Param<Vec<String>> = Param::columns("keys", t("Key columns", "键列"), &[]).help(t(
    "Rows with the same values in these columns belong together. Empty for the columns whose names both tables have.",
    "这些列的值相同的行相互对应。留空表示两个表的同名列。",
));
const LOOKUP_KEYS: Param<Vec<String>> =
    Param::columns("lookup_keys", t("Key columns of the lookup table", "查找表的键列"), &[])
        .help(t("Empty where they have the same names.", "名称相同时留空。"));
const KIND: Param<String> = Param::choice(
    "kind",
    t("Rows", "保留的行"),
    "left",
    &[
        Choice {
            id: "left", label: t("All, with what is found (left)", "全部行（左连接）")
        },
        Choice {
            id: "inner", label: t("Those with a match (inner)", "有匹配的行（内连接）")
        },
        Choice {
            id: "semi",
            label: t("Those with a match, no columns (semi)", "有匹配的行，不加列（半连接）"),
        },
        Choice {
            id: "anti",
            label: t("Those without a match, no columns (anti)", "无匹配的行，不加列（反连接）"),
        },
    ],
);
const DUPLICATES: Param<String> = Param::choice(
    "duplicates",
    t("Key several times in the lookup table", "查找表中键重复时"),
    "error",
    &[
        Choice { id: "error", label: t("Is an error", "报错") },
        Choice { id: "first", label: t("The first row counts", "取第一行") },
        Choice {
            id: "multiply",
            label: t("Repeat the row with each (new table)", "逐一重复该行（生成新表）"),
        },
    ],
)
.help(t(
    "Repeating makes other rows: do it before the split and before steps that learn.",
    "重复会生成新的行：请在划分及需要学习的步骤之前进行。",
));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "join",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Join", "连接"),
        summary: t(
            "Adds columns of a second table by a key, such as a customer number.",
            "按键（如客户编号）从第二个表添加列。",
        ),
        help: t(
            "The second table becomes a part of the model, so that rows to predict need the key only and get the same columns. Each key should \
             occur once in it. A key that is missing or not found gives missing values. Inner, semi and anti joins drop rows while the \
             model is built only, after a split training rows only. Numbers and texts that read alike are the same key. A column whose name \
             is taken gets “(2)” behind it. To add rows rather than columns, use Concatenate tables.",
            "第二个表会成为模型的一部分，因此待预测的数据只需提供键，就能得到相同的列。每个键应只出现一次。键缺失或找不到时，新列为缺失。内连接、半连接和反连接只在构建模型时删除行，划分之后只删除训练行。写法相同的数值与文本视为同一个键。重名的列会加上“(2)”。若要追加行而非列，请用“纵向合并表格”。",
        ),
        keywords: &[
            "join",
            "merge",
            "merge data",
            "lookup",
            "vlookup",
            "left join",
            "inner join",
            "anti join",
            "semi join",
            "joiner",
            "cell replacer",
            "连接",
            "关联",
            "合并",
            "查找",
            "左连接",
            "内连接",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN, LOOKUP_IN],
    outputs: &[TABLE_OUT],
    params: &[KEYS.spec, LOOKUP_KEYS.spec, KIND.spec, DUPLICATES.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer,
    run: |cx| super::run(cx, make),
    example: Example {
        params: examples::defaults,
        inputs: || {
            Ok(vec![
                ("table", Value::Table(super::sales()?)),
                ("lookup", Value::Table(super::shops()?)),
            ])
        },
    },
};

/// Parts of two tables need not meet: where no row of one finds its partner, nothing is known of the whole.
fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = super::infer(cx, make);
    for facts in &mut inferred.outputs {
        if let Facts::Table { sample, is_whole: false } = facts {
            let is_blank = |column: &polars::prelude::Column| column.null_count() == column.len();
            if sample.rows().frame.columns().iter().any(is_blank) {
                *facts = Facts::Unknown;
            }
        }
    }
    inferred
}

fn make(params: &ParamValues, tables: &[&Table]) -> Result<Table, Trouble> {
    let kind = match KIND.of(params).as_str() {
        "inner" => JoinKind::Inner,
        "semi" => JoinKind::Semi,
        "anti" => JoinKind::Anti,
        _ => JoinKind::Left,
    };
    let duplicates = match DUPLICATES.of(params).as_str() {
        "first" => Duplicates::First,
        "multiply" => Duplicates::Multiply,
        _ => Duplicates::Refuse,
    };
    let options =
        Join { keys: KEYS.of(params), lookup_keys: LOOKUP_KEYS.of(params), kind, duplicates };
    let [table, lookup] = tables else {
        return Err(Trouble::internal("a join takes two tables"));
    };
    combine::join(table, lookup, &options)
}
