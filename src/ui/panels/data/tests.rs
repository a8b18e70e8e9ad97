//! The panel without a screen card: what is painted, what keys and clicks do, and how long a frame of ten million rows
//! takes.

use std::time::{Duration, Instant};

use eframe::egui::{
    Context, Event, FullOutput, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, Shape, pos2,
    vec2,
};
use pg_base::say;
use pg_data::view::Order;
use pg_data::{Column, ColumnKind, Part, Role, Rows, Schema, Table};
use polars::prelude::{
    DataFrame, Float64Chunked, IntoSeries as _, NamedFrom as _, NewChunkedArray as _, Series,
    StringChunked,
};

use super::filter::Draft;
use super::grid::{self, HEADER_HEIGHT};
use super::open::OpenTable;
use crate::theme;

const SIZE: [f32; 2] = [900.0, 400.0];

struct Bench {
    ctx: Context,
    open: OpenTable,
    time: f64,
}

impl Bench {
    fn new(rows: &Rows) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        let open = OpenTable::new(&ctx, rows, None).expect("a table");
        let mut bench = Self { ctx, open, time: 0.0 };
        bench.frame(Vec::new());
        bench
    }

    fn frame(&mut self, events: Vec<Event>) -> FullOutput {
        self.time += 1.0 / 60.0;
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, vec2(SIZE[0], SIZE[1])));
        let input = RawInput { screen_rect, time: Some(self.time), events, ..RawInput::default() };
        let open = &mut self.open;
        let mut output = self.ctx.run_ui(input, |ui| {
            assert_eq!(open.pump(ui.ctx()), None);
            open.grid.take_keys(ui.ctx());
            grid::grid_ui(ui, open);
        });
        // No screen takes them.
        output.textures_delta.clear();
        output
    }

    /// Draws until the tasks have answered.
    fn settle(&mut self) -> FullOutput {
        for _ in 0..2000 {
            let output = self.frame(Vec::new());
            if self.open.is_settled() {
                return output;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("the tasks do not end");
    }

    fn click(&mut self, at: Pos2) {
        let button = |pressed| Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.frame(vec![Event::PointerMoved(at)]);
        self.frame(vec![button(true)]);
        self.frame(vec![button(false)]);
    }

    fn press(&mut self, key: Key, modifiers: Modifiers) {
        let event =
            |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        self.frame(vec![event(true), event(false)]);
    }
}

/// All texts of a frame, in the order they were painted.
fn texts(output: &FullOutput) -> Vec<String> {
    fn collect(shape: &Shape, texts: &mut Vec<String>) {
        match shape {
            Shape::Text(text) => texts.push(text.galley.text().to_owned()),
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, texts)),
            _ => {}
        }
    }
    let mut texts = Vec::new();
    output.shapes.iter().for_each(|clipped| collect(&clipped.shape, &mut texts));
    texts
}

fn table(columns: Vec<(Column, Series)>) -> Table {
    let n_rows = columns.first().map_or(0, |(_, values)| values.len());
    let schema = Schema { columns: columns.iter().map(|(column, _)| column.clone()).collect() };
    let values = columns
        .into_iter()
        .map(|(column, values)| values.with_name(column.name.as_str().into()).into());
    let frame = DataFrame::new(n_rows, values.collect()).expect("columns of one length");
    Table::from_source(frame, schema).expect("few rows")
}

fn fruit() -> Table {
    let weights = Series::new("".into(), [Some(3.5), None, Some(-1.0), Some(20.0)]);
    let names = Series::new(
        "".into(),
        ["apple", "梨", "apple", "a very long name of a fruit that is never shown whole"],
    );
    let columns = vec![
        (Column::new("weight", ColumnKind::Number), weights),
        (Column::new("name", ColumnKind::Category).with_role(Role::Target), names),
    ];
    table(columns)
        .with_parts(&[Part::Training, Part::Test, Part::Training, Part::Validation])
        .expect("four parts")
}

#[test]
fn cells_heads_and_row_numbers_are_painted() {
    let mut bench = Bench::new(fruit().rows());
    let texts = texts(&bench.settle());
    for text in ["weight", "name", "target", "1", "4", "3.5", "−1.0", "–", "apple", "梨", "25 %"]
    {
        assert!(texts.iter().any(|found| found == text), "{text} in {texts:?}");
    }
    assert_eq!(bench.open.part_counts, [2, 1, 1]);
}

#[test]
fn clicks_sort_choose_and_keys_move_and_copy() {
    let mut bench = Bench::new(fruit().rows());
    bench.settle();
    bench.click(pos2(90.0, 15.0));
    assert_eq!(bench.open.order, Some(Order { column: "weight".to_owned(), is_descending: false }));
    bench.settle();
    let rows: Vec<Option<usize>> = (0..5).map(|place| bench.open.row_at(place)).collect();
    assert_eq!(rows, [Some(2), Some(0), Some(3), Some(1), None]);
    bench.click(pos2(90.0, HEADER_HEIGHT + 36.0));
    assert_eq!(bench.open.grid.chosen_place(), Some(1));
    bench.press(Key::ArrowDown, Modifiers::NONE);
    bench.press(Key::End, Modifiers::SHIFT);
    let cells = bench.open.grid.cells.expect("chosen");
    assert_eq!((cells.places(), cells.columns(&[0, 1])), (2..=3, vec![0]));
    bench.frame(vec![Event::Copy]);
    for _ in 0..500 {
        let output = bench.frame(Vec::new());
        let copied = output.platform_output.commands.iter().find_map(|command| match command {
            eframe::egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        if let Some(text) = copied {
            assert_eq!(text, "20\n");
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("nothing was copied");
}

#[test]
fn filters_and_choices_of_other_panels_narrow_the_rows() {
    let mut bench = Bench::new(fruit().rows());
    bench
        .open
        .drafts
        .insert("name".to_owned(), Draft { text: "APP".to_owned(), ..Draft::default() });
    bench.settle();
    assert_eq!(bench.open.n_shown(), 2);
    bench.open.part = Some(Part::Test);
    bench.settle();
    assert_eq!(bench.open.n_shown(), 0);
    bench.open.clear_filters();
    let ctx = bench.ctx.clone();
    bench.open.choose_numbers(&ctx, vec![4, 1, 9], say!("Chosen rows", "选定的行"));
    bench.settle();
    let rows: Vec<Option<usize>> = (0..3).map(|place| bench.open.row_at(place)).collect();
    assert_eq!(rows, [Some(3), Some(0), None]);
    bench.open.go_to_number(&ctx, 1);
    bench.settle();
    assert_eq!(bench.open.grid.chosen_place(), Some(1));
}

#[test]
fn ten_million_rows_scroll_anywhere_within_a_frame() {
    const N_ROWS: u32 = 10_000_000;
    let number = |factor: f64| {
        let values = (0..N_ROWS).map(|row| f64::from(row) * factor);
        Float64Chunked::from_iter_values("".into(), values).into_series()
    };
    let words = ["red", "green", "blue"];
    let word = StringChunked::from_iter_values(
        "".into(),
        (0..N_ROWS as usize).map(|row| words.get(row % 3).copied().unwrap_or_default()),
    );
    let numbers = ["a", "b", "c", "d"].into_iter().zip([1.0, 0.37, -1e3, 1e-3]);
    let mut columns: Vec<(Column, Series)> = numbers
        .map(|(name, factor)| (Column::new(name, ColumnKind::Number), number(factor)))
        .collect();
    columns.push((Column::new("word", ColumnKind::Category), word.into_series()));
    let mut bench = Bench::new(table(columns).rows());
    let bar_x = SIZE[0] - 5.0;
    let top = HEADER_HEIGHT + 8.0;
    bench.frame(vec![Event::PointerMoved(pos2(bar_x, top))]);
    let button = |pressed| Event::PointerButton {
        pos: pos2(bar_x, top),
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    bench.frame(vec![button(true)]);
    let (mut slowest, mut total, n_frames) = (Duration::ZERO, Duration::ZERO, 120);
    for step in 0..n_frames {
        // To and fro over the whole table, so that every frame shows other rows.
        let share = (f64::from(step) * 0.61).fract() as f32;
        let at = pos2(bar_x, HEADER_HEIGHT + share * (SIZE[1] - HEADER_HEIGHT));
        let start = Instant::now();
        let output = bench.frame(vec![Event::PointerMoved(at)]);
        let shapes = bench.ctx.tessellate(output.shapes, output.pixels_per_point);
        let spent = start.elapsed();
        assert!(!shapes.is_empty());
        (slowest, total) = (slowest.max(spent), total + spent);
    }
    let mean = total / n_frames;
    println!("10,000,000 x 5 dragged anywhere: {mean:.2?} a frame, {slowest:.2?} at most");
    assert!(mean < Duration::from_millis(50), "{mean:?} a frame");
    bench.frame(vec![Event::PointerMoved(pos2(bar_x, SIZE[1] + 50.0))]);
    bench.frame(vec![button(false)]);
    let texts = texts(&bench.frame(Vec::new()));
    assert!(texts.iter().any(|text| text == "10,000,000"), "the last row is in sight: {texts:?}");
}
