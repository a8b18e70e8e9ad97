//! Hide personal data: masks, codes or drops what tells who a row is about.

use pg_base::{Choice, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::hide_personal::{HidePersonal, Hiding};
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMNS: Param<Vec<String>> =
    Param::columns("columns", t("Columns", "列"), &["category", "text", "number"]).help(t(
        "Columns whose whole values are personal; empty to look for personal data everywhere.",
        "整个值都属于个人信息的列；留空表示在所有列中查找。",
    ));
const ACTION: Param<String> = Param::choice(
    "action",
    t("Action", "操作"),
    "mask",
    &[
        Choice { id: "mask", label: t("Mask", "遮盖") },
        Choice { id: "code", label: t("Replace by a code", "替换为编码") },
        Choice { id: "drop", label: t("Drop the column", "删除该列") },
    ],
)
.help(t(
    "Dropped are columns of which one value in twenty or more holds personal data.",
    "若一列中二十分之一以上的值含个人信息，则删除该列。",
));
const KEY: Param<String> = Param::text("key", t("Key", "密钥"), "")
    .help(t("A secret of your own; a long one.", "您自己的密钥，越长越好。"))
    .shown_when("action", &["code"]);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "hide_personal",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Hide personal data", "隐藏个人信息"),
        summary: t(
            "Masks, codes or drops e-mail addresses, phone, card and identity numbers.",
            "遮盖、编码或删除邮箱、电话、银行卡号和证件号码。",
        ),
        help: t(
            "With no column named, e-mail and IP addresses, phone numbers, card numbers (Luhn's check digit), Chinese resident identity numbers (check digit) and US social security numbers are looked for in every column but the target. Names cannot be told by their form: name their columns, and their whole values are hidden. A code is the same for the same value, so people can still be told apart; it is made with your key (HMAC-SHA256). The key is kept in the project and in the model, which needs it for new rows: give neither to those who must not know it. No search finds everything; look at the result before you pass it on.",
            "未指定列时，会在目标列以外的所有列中查找电子邮箱、IP 地址、电话号码、银行卡号（Luhn 校验）、中国居民身份证号（校验码）和美国社会安全号码。姓名无法凭形式识别：请指定其所在列，整个值都会被隐藏。相同的值得到相同的编码，因此仍可区分不同的人；编码使用您的密钥生成（HMAC-SHA256）。密钥保存在项目和模型中，因为处理新数据时需要它：请勿把它们交给不应知道密钥的人。任何查找都可能有遗漏，交付前请检查结果。",
        ),
        keywords: &[
            "personal data",
            "PII",
            "GDPR",
            "anonymize",
            "pseudonymize",
            "mask",
            "hash",
            "e-mail",
            "phone",
            "Presidio",
            "个人信息",
            "脱敏",
            "匿名",
            "隐私",
            "身份证",
            "手机号",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, ACTION.spec, KEY.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::orders()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    let action = match ACTION.of(params).as_str() {
        "code" => Hiding::Code,
        "drop" => Hiding::Drop,
        _ => Hiding::Mask,
    };
    Ok(HidePersonal {
        columns: COLUMNS.of(params),
        action,
        key: KEY.of(params),
        fitted: Vec::new(),
    }
    .into())
}
