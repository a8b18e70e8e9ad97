//! Formula: makes a column from others, row by row.

use pg_base::{NodeText, Param, ParamValue, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, NodeSpec, Stage, Status};
use pg_data::steps::add_formula::AddFormula;
use pg_data::{Step, Table};

use crate::by_step::{self, TABLE_IN, TABLE_OUT};
use crate::examples;

const COLUMN: Param<String> = Param::text("column", t("Name of the column", "列名"), "new").help(t(
    "A new name adds a column; the name of a column that is there replaces it, in the same role.",
    "新名称会添加一列；已有列的名称则替换该列，角色不变。",
));
pub(super) const FORMULA: Param<String> =
    Param::lines("formula", t("Formula", "公式"), "").help(t(
        "For instance: log([Fare paid] + 1), or: if(age < 18, \"child\", \"adult\").",
        "例如：log([票价] + 1)，或：if(年龄 < 18, \"儿童\", \"成人\")。",
    ));
const FREE_TEXT: Param<bool> =
    Param::flag("free_text", t("Texts are free text", "文本结果视为自由文本"), false).help(t(
        "Otherwise texts that result are categories. Numbers and dates are not affected.",
        "否则文本结果视为类别。数值和日期不受影响。",
    ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "formula",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Clean,
    text: NodeText {
        title: t("Formula", "公式"),
        summary: t(
            "Makes a column from others by a formula, row by row.",
            "按公式由其他列逐行计算出一列。",
        ),
        help: t(
            "Columns are written by name, names with blanks in brackets: [Fare paid]. Texts stand in quotes. Operators: + - * / % ^, \
             & joins texts, = != < <= > >=, and, or, not. Numbers: abs, sqrt, exp, log, log10, log1p, round, floor, ceil, min, max, \
             sum, mean, clip, sign, sin, cos, bucket(x, 18, 65). Texts: lower, upper, trim, length, contains, starts_with, ends_with, \
             replace, left, right, substring, matches and extract (regular expressions), number, text. Dates: year, quarter, month, \
             week, day, weekday (1 is Monday), hour, minute, days_between(from, to), date(\"2024-01-31\"); date + 1 is the next day. \
             Conditions: if(condition, then, else), one_of(x, a, b), is_missing(x), coalesce(x, 0); missing stands for no value. \
             Where a value is missing the result is missing, and so is a division by zero. Yes and no become 1 and 0. \
             The formula belongs to the model: new rows are calculated in the same way.",
            "直接写列名；含空格的列名用方括号：[票价 元]。文本加引号，可用中文标点。运算符：+ - * / % ^，& 连接文本，= != < <= > >=，and、or、not。\
             数值：abs、sqrt、exp、log、log10、log1p、round、floor、ceil、min、max、sum、mean、clip、sign、sin、cos、bucket(x, 18, 65) 分段。\
             文本：lower、upper、trim、length、contains、starts_with、ends_with、replace、left、right、substring、matches 与 extract（正则表达式）、number、text。\
             日期：year、quarter、month、week、day、weekday（1 为星期一）、hour、minute、days_between(起, 止)、date(\"2024-01-31\")；日期 + 1 为次日。\
             条件：if(条件, 是, 否)、one_of(x, a, b)、is_missing(x)、coalesce(x, 0)；missing 表示缺失。\
             参与计算的值缺失时结果缺失，除以零也得到缺失。是与否变为 1 与 0。公式随模型保存，新数据按同样方式计算。",
        ),
        keywords: &[
            "formula",
            "calculate",
            "compute",
            "expression",
            "derive",
            "new column",
            "feature constructor",
            "math formula",
            "rule engine",
            "assign",
            "eval",
            "mutate",
            "公式",
            "计算",
            "计算列",
            "新列",
            "派生",
            "特征构造",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMN.spec, FORMULA.spec, FREE_TEXT.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer: |cx| by_step::infer(cx, step),
    run: |cx| by_step::run(cx, step),
    example: Example {
        params: || {
            examples::params([
                ("column", ParamValue::Text("area".to_owned())),
                ("formula", ParamValue::Text("round(length * width, 1)".to_owned())),
            ])
        },
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn step(params: &ParamValues, _table: &Table) -> Result<Step, Trouble> {
    Ok(AddFormula {
        column: COLUMN.of(params),
        formula: FORMULA.of(params),
        gives_free_text: FREE_TEXT.of(params),
        ..AddFormula::default()
    }
    .into())
}
