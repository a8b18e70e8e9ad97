//! Tests of the page: it is whole, safe and in the language asked for.

use std::sync::Arc;

use pg_contract::Report;
use pg_metrics::findings::{Bar, Chart, Line, PointGroup};
use pg_pipeline::{Edit, Node};

use super::*;

fn document(registry: &Registry) -> Document {
    let mut document = Document::new("<b>Mine</b> & yours");
    for (id, kind, x) in [("a", "csv_file", 0.0), ("b", "train", 300.0)] {
        let spec = registry.get(kind).expect("a kind");
        let node = Box::new(Node::new(id, spec, pg_base::ParamValues::new(), [x, 0.0]));
        Edit::AddNode { node }.apply(&mut document, registry).expect("adds");
    }
    document
}

fn every_chart() -> Findings {
    let words = |text: &str| Words::from(text);
    let line = |name: &str| Line {
        name: words(name),
        points: vec![[1.0, 2.0], [10.0, 3.0], [100.0, f64::NAN]],
        band: vec![[1.5, 2.5], [2.0, 4.0], [f64::NAN; 2]],
    };
    let mut findings = Findings::default();
    findings.measure("accuracy", 0.9375);
    let lines = vec![line("one"), line("<two>")];
    for chart in [
        Chart::Lines { x: words("x"), y: words("y"), is_x_log: true, lines },
        Chart::Lines { x: words("x"), y: words("y"), is_x_log: false, lines: Vec::new() },
        Chart::Bars {
            x: words("share"),
            bars: vec![
                Bar { name: words("a"), value: -1.0, interval: Some([-2.0, 0.5]) },
                Bar { name: words("b"), value: 3.0, interval: None },
            ],
        },
        Chart::Points {
            x: words("x"),
            y: words("y"),
            groups: vec![PointGroup { name: words("g"), points: vec![[1.0, 1.0]] }],
        },
        Chart::HeatMap {
            x: words("x"),
            y: words("y"),
            columns: vec!["c".to_owned(), "<d>".to_owned()],
            rows: vec!["r".to_owned()],
            cells: vec![vec![Some(2.0), None]],
        },
    ] {
        findings.push("section", "note", Body::Chart(chart));
    }
    let grid = Grid::default().texts("name", ["<script>"]).numbers("value", [0.000_123_456]);
    findings.push("table", "", Body::Grid(grid));
    findings
}

#[test]
fn a_page_is_whole_and_holds_no_markup_of_others() {
    let registry = pg_nodes::registry();
    let report = Value::Report(Arc::new(Report::Findings(Box::new(every_chart()))));
    let results = [Result { node: "b", values: vec![("report".to_owned(), report)] }];
    for (lang, title) in [(Lang::En, "Settings"), (Lang::Zh, "设置")] {
        let html = page(&document(&registry), &registry, &results, lang);
        assert!(html.contains(title) && html.ends_with("</html>\n"));
        for markup in ["<b>Mine", "<script>", "<two>", "<d>", "NaN", "inf"] {
            assert!(!html.contains(markup), "{markup}");
        }
        for tag in ["svg", "table", "section", "p", "div", "g"] {
            let (opened, closed) = (format!("<{tag}"), format!("</{tag}>"));
            let n_opened = html.matches(&format!("{opened}>")).count()
                + html.matches(&format!("{opened} ")).count();
            assert_eq!(n_opened, html.matches(&closed).count(), "{tag}");
        }
        assert!(html.contains("0.9375") && html.contains("0.0001235"));
    }
}

#[test]
fn numbers_have_the_digits_that_matter() {
    for (value, expected) in [
        (0.0, "0"),
        (12.0, "12"),
        (-1234.5678, "-1235"),
        (0.123_456, "0.1235"),
        (1e-9, "1.000e-9"),
        (0.5, "0.5"),
    ] {
        assert_eq!(number(value), expected);
    }
}
