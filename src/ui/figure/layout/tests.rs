//! Hostile data through every layer and back end: nothing panics, and every place is a number.

use eframe::egui::{Vec2, vec2};

use super::super::model::{Axis, Band, Bars, BoxStats, Boxes, Heat, Line, Points};
use super::super::{hover, svg, to_csv, to_svg};
use super::*;
use crate::theme;

const SIZE: Vec2 = vec2(400.0, 240.0);

/// One figure per layer over the same values, on both scales, upright and lying.
fn figures(values: &[f64]) -> Vec<Figure> {
    let points: Vec<[f64; 2]> =
        values.iter().enumerate().map(|(index, value)| [index as f64, *value]).collect();
    let swapped: Vec<[f64; 2]> = points.iter().map(|[x, y]| [*y, *x]).collect();
    let names: Vec<String> =
        (0..values.len()).map(|index| format!("类别 {index} with a long name")).collect();
    let band: Vec<[f64; 3]> = points.iter().map(|[x, y]| [*x, y - 1.0, y + 1.0]).collect();
    let edges: Vec<f64> = (0..=values.len()).map(|edge| edge as f64).collect();
    let boxes: Vec<BoxStats> =
        values.iter().filter_map(|value| BoxStats::of(&[*value, 1.0])).collect();
    let box_names = names.iter().take(boxes.len()).cloned();
    let bars = || Bars::new("a", Ink::Series(0), values.to_vec()).spreads(vec![0.5; values.len()]);
    let mut figures = vec![
        Figure::new("line").with(Line::new("a", Ink::Accent, points.clone()).dashed()),
        Figure::new("back and forth").with(Line::new("a", Ink::Accent, swapped.clone())),
        Figure::new("points")
            .with(Points::new("a", Ink::Series(1), swapped).shaded("third", values.to_vec())),
        Figure::new("band")
            .with(Band::new("b", Ink::Good, band))
            .with(Rule::new(RuleAt::Diagonal, "ideal")),
        Figure::new("bins").with(Bars::bins("a", Ink::Accent, edges, values.to_vec())),
        Figure::new("bars").with(bars()).with(bars()).note("a note"),
        Figure::new("lying")
            .y(Axis::new("y").categories(names.clone()))
            .with(bars())
            .with(bars())
            .stacked(),
        Figure::new("boxes").x(Axis::new("x").categories(box_names)).with(Boxes::new(boxes)),
        Figure::new("cells")
            .square()
            .with(Heat::new("n", vec!["r".into()], names, values.to_vec()).diverging()),
        Figure::new("rules")
            .with(Line::new("", Ink::Accent, points))
            .with(Rule::new(RuleAt::X(f64::NAN), "x"))
            .with(Rule::new(RuleAt::Y(1.0), "y")),
    ];
    let log: Vec<Figure> = figures
        .iter()
        .cloned()
        .map(|figure| Figure {
            y: figure.y.clone().log(),
            x: Axis { label: "x".into(), ..figure.x.clone() },
            ..figure
        })
        .collect();
    figures.extend(log);
    figures
}

fn check(values: &[f64]) {
    for figure in figures(values) {
        for size in [SIZE, Vec2::ZERO, vec2(2000.0, 60.0)] {
            let picture = picture(&figure, size, theme::of(true), 30.0);
            for mark in picture.back.iter().chain(&picture.data).chain(&picture.front) {
                let text = format!("{mark:?}");
                assert!(!text.contains("NaN") && !text.contains("inf"), "{}: {text}", figure.title);
            }
            for x in 0..20_u8 {
                let pointer = pos2(f32::from(x) * size.x / 20.0, size.y / 2.0);
                hover::hover(&figure, &picture.plane, theme::of(false), pointer);
            }
        }
        assert!(to_svg(&figure, SIZE, false).ends_with("</svg>\n"));
        to_csv(&figure);
    }
}

#[test]
fn hostile_values_are_drawn() {
    check(&[]);
    check(&[f64::NAN]);
    check(&[f64::INFINITY, f64::NEG_INFINITY, f64::NAN]);
    check(&[3.0]);
    check(&[0.0, 0.0, 0.0]);
    check(&[7.0, 7.0]);
    check(&[f64::MAX, f64::MIN, 0.0]);
    check(&[f64::MIN_POSITIVE, 5e-324]);
    check(&[1.0, 1.0 + f64::EPSILON]);
    check(&[-1.0, f64::NAN, 2.0, -3.0]);
    check(&[0.001; 200]);
}

#[test]
fn many_points_become_a_density() {
    let points: Vec<[f64; 2]> =
        (0..30_000_u32).map(|index| [f64::from(index % 200), f64::from(index % 7)]).collect();
    let figure = Figure::new("many").with(Points::new("", Ink::Accent, points));
    let picture = picture(&figure, SIZE, theme::of(true), 0.0);
    assert!(matches!(picture.data.as_slice(), [Mark::Raster { .. }]));
}

#[test]
fn axes_leave_room_for_their_texts() {
    let names = ["setosa", "versicolor", "virginica"];
    let bars = || Bars::new("", Ink::Accent, vec![1.0, 2.0, 3.0]);
    let plot = |figure: &Figure| picture(figure, SIZE, theme::of(true), 0.0).plane.rect;
    let upright = plot(&Figure::new("t").x(Axis::new("").categories(names)).with(bars()));
    let lying = plot(&Figure::new("t").y(Axis::new("").categories(names)).with(bars()));
    assert!(lying.left() > upright.left() + 20.0, "{lying} {upright}");
    let narrow = picture(
        &Figure::new("t").x(Axis::new("").categories(names)).with(bars()),
        vec2(120.0, 200.0),
        theme::of(true),
        0.0,
    );
    let is_slanted = |mark: &Mark| matches!(mark, Mark::Text(text) if text.is_slanted);
    assert!(narrow.back.iter().any(is_slanted));
}

#[test]
fn files_are_written_in_both_languages() {
    let figure = Figure::new("鸢尾花 & <iris>").x(Axis::new("花瓣长度")).with(Line::new(
        "a",
        Ink::Accent,
        vec![[0.0, 1.0], [1.0, 2.0]],
    ));
    assert!(to_svg(&figure, SIZE, true).contains("鸢尾花 &amp; &lt;iris&gt;"));
    let png = svg::to_png(&figure, SIZE, true).expect("a picture");
    assert_eq!(png.get(1..4), Some(b"PNG".as_slice()));
    assert_eq!(to_csv(&figure), "series,花瓣长度,y\na,0,1\na,1,2\n");
}
