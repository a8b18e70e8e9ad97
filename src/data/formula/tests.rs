//! What formulas give and what is said of those that cannot be read.

use polars::prelude::*;
use proptest::prelude::*;

use super::*;
use crate::schema::Role;
use crate::steps::tests::{numbers, table, texts};

fn rows() -> Rows {
    let day = Series::new("".into(), [Some(0_i32), Some(59), None]);
    let table = table(vec![
        ("age", ColumnKind::Number, numbers(&[Some(22.0), Some(-4.0), None]).1),
        ("Fare paid", ColumnKind::Number, numbers(&[Some(0.0), Some(7.5), Some(f64::INFINITY)]).1),
        (
            "Name",
            ColumnKind::Text,
            texts(ColumnKind::Text, &[Some("Braund, Mr. Owen"), Some("好天气"), None]).1,
        ),
        ("年龄", ColumnKind::Number, numbers(&[Some(1.0), Some(2.0), Some(3.0)]).1),
        ("petal.width", ColumnKind::Number, numbers(&[Some(1.0), Some(2.0), Some(3.0)]).1),
        ("day", ColumnKind::Date, day.cast(&DataType::Date).expect("days")),
    ]);
    table.rows().clone()
}

fn value(source: &str) -> Result<Vec<String>, Trouble> {
    let formula = Formula::parse(source)?;
    let rows = rows();
    let inputs = formula.inputs(&rows.schema)?;
    formula.kind(&inputs)?;
    let show = |text: Option<String>| text.unwrap_or_else(|| "·".to_owned());
    Ok(match formula.evaluate(&rows, &inputs)? {
        Values::Numbers(values) => values
            .iter()
            .map(|value| show(value.map(|v| format!("{}", (v * 1e6).round() / 1e6))))
            .collect(),
        Values::Texts(values) => {
            values.iter().map(|value| show(value.map(str::to_owned))).collect()
        }
        Values::Flags(values) => {
            values.iter().map(|value| show(value.map(|v| v.to_string()))).collect()
        }
        Values::Dates(values) => {
            values.iter().map(|value| show(value.map(crate::calendar::label))).collect()
        }
    })
}

fn check(source: &str, expected: &str) {
    let found = value(source).unwrap_or_else(|trouble| panic!("{source}: {trouble}"));
    assert_eq!(found.join(" | "), expected, "{source}");
}

fn refuses(source: &str, code: &str, part: &str) {
    let trouble = value(source).expect_err(source);
    assert_eq!(trouble.code, code, "{source}: {trouble}");
    let message = trouble.message(pg_base::Lang::En);
    assert!(message.contains(part), "{source}: {message}");
}

#[test]
fn arithmetic_and_precedence() {
    check("1 + 2 * 3 - -1", "8 | 8 | 8");
    check("-2 ^ 2 + 2 ^ 3 ^ 0", "-2 | -2 | -2");
    check("(1 + 2) * 3 % 5", "4 | 4 | 4");
    check("-7 % 3", "2 | 2 | 2");
    check("2 ** -1 + 1e-1 + .5", "1.1 | 1.1 | 1.1");
    check("1 / [Fare paid]", "· | 0.133333 | ·");
    check("sqrt(age)", "4.690416 | · | ·");
    check("age * 1e308 * 1e308", "· | · | ·");
    check("petal.width * 2", "2 | 4 | 6");
    check("年龄 × 2 ＋ （1）", "3 | 5 | 7");
    check("round(2.345, 2) & ceil(1.2) & floor(-1.2)", "2.352-2 | 2.352-2 | 2.352-2");
    check("min(age, 3) + max(1, 2) + mean(1, 3) + sum(1, 2, 3)", "13 | 6 | ·");
    check("log(8, 2) + log10(100) + sign(-3) + clip(9, 1, 5)", "9 | 9 | 9");
    check("pi() > 3.14", "true | true | true");
}

#[test]
fn conditions_and_missing_values() {
    check("if(age < 18, \"child\", \"adult\")", "adult | child | ·");
    check("IF(is_missing(age), 0, age)", "22 | -4 | 0");
    check("coalesce(age, 年龄)", "22 | -4 | 3");
    check("age > 0 and 年龄 = 1", "true | false | false");
    check("age > 0 or 年龄 = 3", "true | false | true");
    check("not age > 0 and true", "false | true | ·");
    check("(age > 0) + 1", "2 | 1 | ·");
    check("if(age > 0, missing, 1)", "· | 1 | ·");
    check("one_of(年龄, 1, 3)", "true | false | true");
    check("bucket(年龄, 2, 3)", "< 2 | 2–3 | ≥ 3");
    check("missing", "· | · | ·");
    check("0 = -0", "true | true | true");
}

#[test]
fn texts_and_dates() {
    check("upper(left(Name, 2)) & “！”", "BR！ | 好天！ | ·");
    check("extract(Name, ', ([A-Za-z]+)[.]')", "Mr | · | ·");
    check("contains(Name, \"天\") or matches(Name, '^B')", "true | true | ·");
    check("substring(Name, 2, 3) & right(Name, 1)", "raun | 天气气 | ·");
    check("length(replace(trim(\" a\"\"b \"), '\"', ''))", "2 | 2 | 2");
    check("number('12') + number('x')", "· | · | ·");
    check("year(day) * 100 + month(day)", "197001 | 197003 | ·");
    check("weekday(day) & '/' & day(day)", "4/1 | 7/1 | ·");
    check("day + 1", "1970-01-02 | 1970-03-02 | ·");
    check("day - date('1969-12-31')", "1 | 60 | ·");
    check("days_between(day, date(1970, 1, 2))", "1 | -58 | ·");
    check("date(2023, 2, 29)", "· | · | ·");
    check("text(day) & age", "1970-01-0122 | 1970-03-01-4 | ·");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    refuses("age + ", "param-formula", "character 7");
    refuses("(age", "param-formula", "not closed");
    refuses("age)", "param-formula", "no bracket was opened");
    refuses("1 < age < 3", "param-formula", "1 < x and x < 5");
    refuses("aeg + 1", "column-unknown", "Did you mean `age`?");
    refuses("[fare paid]", "column-unknown", "Did you mean `Fare paid`?");
    refuses("sqr(age)", "param-formula", "Did you mean `sqrt`?");
    refuses("Name * 2", "param-formula", "number(…)");
    refuses("if(age, 1, 2)", "param-formula", "> 0");
    refuses("if(age > 1, 1, 'a')", "param-formula", "a text");
    refuses("day > '2020-01-01'", "param-formula", "date(…)");
    refuses("sqrt(1, 2)", "param-formula", "sqrt(x)");
    refuses("matches(Name, Name)", "param-formula", "in quotes");
    refuses("matches(Name, '(')", "param-formula", "regular expression");
    refuses("age ? 1", "param-formula", "`?`");
    refuses("'abc", "param-formula", "not closed");
    refuses("1e999", "param-formula", "no number");
    refuses("  ", "param-formula", "empty");
    refuses("age 年龄", "param-formula", "operator");
    refuses(&"(".repeat(5000), "param-formula", "nested");
    refuses(&format!("1{}", "+1".repeat(5000)), "param-formula", "nested");
    refuses(&format!("{}1", "-".repeat(5000)), "param-formula", "nested");
    refuses(&"1+".repeat(20_000), "param-formula", "bytes");
}

#[test]
fn a_column_that_was_no_feature_may_be_absent() {
    let mut rows = rows();
    if let Some(column) = rows.schema.get_mut("age") {
        column.role = Role::Target;
    }
    let formula = Formula::parse("log(age) + 年龄").expect("reads");
    let inputs = formula.inputs(&rows.schema).expect("known");
    rows.retain(|column| column.name != "age").expect("drops");
    let Values::Numbers(values) = formula.evaluate(&rows, &inputs).expect("evaluates") else {
        panic!("numbers")
    };
    assert_eq!(values.null_count(), 3);
    rows.retain(|column| column.name != "年龄").expect("drops");
    assert_eq!(formula.evaluate(&rows, &inputs).expect_err("a feature").code, "column-missing");
}

/// Words that come near to real formulas.
fn words() -> impl Strategy<Value = String> {
    let known: Vec<&str> = vec![
        "age",
        "[Fare paid]",
        "Name",
        "day",
        "年龄",
        "1",
        "2.5",
        "1e300",
        "\"a\"",
        "'好'",
        "(",
        ")",
        "（",
        "）",
        ",",
        "，",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "&",
        "=",
        "<",
        ">=",
        "and",
        "or",
        "not",
        "if(",
        "coalesce(",
        "missing",
        "true",
        "left(",
        "date(",
        "matches(",
        "bucket(",
        "log(",
        "round(",
        "year(",
        "\"",
        "[",
        "substring(",
        "text(",
    ];
    prop::collection::vec(prop::sample::select(known), 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_formula_panics(source in prop_oneof![words(), ".{0,60}"]) {
        // What the check of kinds accepts can be evaluated, and gives one value per row.
        if let Ok(found) = value(&source) {
            prop_assert_eq!(found.len(), 3);
        }
    }

    #[test]
    fn chunks_give_what_the_whole_gives(source in words(), start in 0..3_i64) {
        let rows = rows();
        let Ok(formula) = Formula::parse(&source) else { return Ok(()) };
        let Ok(inputs) = formula.inputs(&rows.schema) else { return Ok(()) };
        let Ok(whole) = formula.evaluate(&rows, &inputs) else { return Ok(()) };
        let chunk = Rows { frame: rows.frame.slice(start, 1), schema: rows.schema.clone() };
        let part = formula.evaluate(&chunk, &inputs).expect("what works on the whole works on a part");
        let show = |values: &Values, row: usize| match values {
            Values::Numbers(values) => format!("{:?}", values.get(row)),
            Values::Texts(values) => format!("{:?}", values.get(row)),
            Values::Flags(values) => format!("{:?}", values.get(row)),
            Values::Dates(values) => format!("{:?}", values.get(row)),
        };
        prop_assert_eq!(show(&part, 0), show(&whole, start as usize));
    }
}
