//! Findings of any analysis: sections of tables and figures, each with what to conclude from it below.

use eframe::egui::{Label, RichText, Ui, vec2};
use pg_metrics::Findings;
use pg_metrics::findings::{Body, Cells, Chart, Grid, Line};

use super::board::{GAP, Wish, table_ui, title_ui};
use super::table::{Column, Table};
use super::words::{Headline, percent, short};
use crate::cx::Cx;
use crate::figure::{Axis, Band, Bars, Figure, Heat, Ink, Points, figure_card_ui};
use crate::lang::{Tr, tr};
use crate::theme::tokens;

/// Two blocks stand side by side where each gets this width.
const MIN_BLOCK: f32 = 430.0;
/// Heights of blocks.
const MIN_HEIGHT: f32 = 150.0;
const MAX_HEIGHT: f32 = 380.0;
const CHART_HEIGHT: f32 = 300.0;
/// Height of a lying bar, and of everything around the bars.
const BAR_HEIGHT: f32 = 24.0;
const AROUND_BARS: f32 = 92.0;
/// A table with more columns takes the whole width.
const MAX_COLUMNS_BESIDE: usize = 6;
/// Lines without a name in the legend, such as one per row, step back.
const MAX_NAMED_LINES: usize = 8;

/// A section as it is shown.
#[derive(Debug)]
pub(super) struct Section {
    title: String,
    note: String,
    block: Block,
}

#[derive(Debug)]
enum Block {
    Words,
    Table(Table),
    Figure(Figure),
}

/// The sentence at the top, and the sections below it.
pub(super) fn of(findings: &Findings) -> (Headline, Vec<Section>) {
    let mut sections = findings.sections.as_slice();
    let mut headline = Headline { main: String::new(), beside: String::new(), verdict: None };
    if let [first, rest @ ..] = sections
        && first.body == Body::Words
    {
        first.title.tr().clone_into(&mut headline.main);
        first.note.tr().clone_into(&mut headline.beside);
        sections = rest;
    }
    let section = |(number, section): (usize, &pg_metrics::findings::Section)| {
        let title = section.title.tr();
        let block = match &section.body {
            Body::Words => Block::Words,
            Body::Grid(grid) => {
                Block::Table(table(title, &format!("section_{}", number + 1), grid))
            }
            Body::Chart(chart) => Block::Figure(figure(title, chart)),
        };
        Section { title: title.to_owned(), note: section.note.tr().to_owned(), block }
    };
    (headline, sections.iter().enumerate().map(section).collect())
}

/// Draws the sections, two side by side where there is room.
pub(super) fn sections_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    sections: &[Section],
    wishes: &mut Vec<Wish>,
) {
    ui.add_space(8.0);
    let space = ui.available_width();
    let can_pair = space >= 2.0 * MIN_BLOCK + GAP;
    let mut rest = sections;
    while let [first, others @ ..] = rest {
        match others {
            [second, after @ ..] if can_pair && first.is_narrow() && second.is_narrow() => {
                let width = (space - GAP) / 2.0;
                let height = first.height().max(second.height()).max(MIN_HEIGHT);
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = GAP;
                    for section in [first, second] {
                        section.draw_ui(ui, cx, width, height, wishes);
                    }
                });
                rest = after;
            }
            _ => {
                first.draw_ui(ui, cx, space, first.height(), wishes);
                rest = others;
            }
        }
        ui.add_space(GAP);
    }
}

impl Section {
    fn is_narrow(&self) -> bool {
        match &self.block {
            Block::Words => false,
            Block::Table(table) => table.columns.len() <= MAX_COLUMNS_BESIDE,
            Block::Figure(figure) => figure.y.categories.is_none() || figure.height() <= MAX_HEIGHT,
        }
    }

    fn height(&self) -> f32 {
        match &self.block {
            Block::Words => 0.0,
            Block::Table(table) => table.height().min(MAX_HEIGHT),
            Block::Figure(figure) => figure.height(),
        }
    }

    fn draw_ui(
        &self,
        ui: &mut Ui,
        cx: &mut Cx<'_>,
        width: f32,
        height: f32,
        wishes: &mut Vec<Wish>,
    ) {
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = 6.0;
            match &self.block {
                Block::Words => title_ui(ui, &self.title),
                Block::Table(table) => table_ui(ui, table, vec2(width, height), &[], wishes),
                Block::Figure(figure) => {
                    figure_card_ui(ui, cx, figure, vec2(width, height));
                }
            }
            if !self.note.is_empty() {
                let note = RichText::new(&self.note).color(tokens(ui).text);
                ui.add(Label::new(note).wrap());
            }
        });
    }
}

trait Height {
    /// Height of the card that shows it well.
    fn height(&self) -> f32;
}

impl Height for Figure {
    fn height(&self) -> f32 {
        match &self.y.categories {
            Some(bars) => (AROUND_BARS + BAR_HEIGHT * bars.len() as f32).max(MIN_HEIGHT),
            None => CHART_HEIGHT,
        }
    }
}

fn table(title: &str, file_stem: &str, grid: &Grid) -> Table {
    let mut table = Table::new(title, file_stem);
    for column in &grid.columns {
        let name = column.title.tr();
        let shown = match &column.cells {
            Cells::Numbers(_) | Cells::Shares(_) => Column::number(name),
            Cells::Texts(_) => Column::text(name),
        };
        // A comma would make two columns of it in a file.
        table.columns.push(shown.csv_name(column.title.en.replace(',', "")));
    }
    for row in 0..grid.n_rows() {
        let number = |cells: &[Option<f64>], read: fn(f64) -> String| {
            cells.get(row).copied().flatten().map_or_else(
                || ("–".to_owned(), String::new()),
                |value| (read(value), value.to_string()),
            )
        };
        let cell = |cells: &Cells| match cells {
            Cells::Numbers(cells) => number(cells, short),
            Cells::Shares(cells) => number(cells, percent),
            Cells::Texts(cells) => {
                let text = cells.get(row).map_or("", |text| text.tr()).to_owned();
                (text.clone(), text)
            }
        };
        let (cells, raw) = grid.columns.iter().map(|column| cell(&column.cells)).unzip();
        table.push(cells, raw);
    }
    table
}

fn figure(title: &str, chart: &Chart) -> Figure {
    let figure = Figure::new(title);
    match chart {
        Chart::Lines { x, y, is_x_log, lines } => {
            let axis = Axis::new(x.tr());
            let mut figure =
                figure.x(if *is_x_log { axis.log() } else { axis }).y(Axis::new(y.tr()));
            let n_named = lines.iter().filter(|line| !line.name.is_empty()).count();
            let mut series = 0..;
            for line in lines {
                let is_faint = line.name.is_empty() || n_named > MAX_NAMED_LINES;
                let ink = if is_faint && lines.len() == 1 {
                    Ink::Accent
                } else if is_faint {
                    Ink::Weak
                } else {
                    Ink::Series(series.next().unwrap_or_default())
                };
                figure = with_line(figure, line, ink);
            }
            figure
        }
        Chart::Bars { x, bars } => {
            let values = bars.iter().map(|bar| bar.value).collect();
            let whiskers = bars.iter().map(|bar| bar.interval).collect();
            figure
                .x(Axis::new(x.tr()).with_zero())
                .y(Axis::default().categories(bars.iter().map(|bar| bar.name.tr())))
                .with(Bars::new("", Ink::Accent, values).whiskers(whiskers))
        }
        Chart::Points { x, y, groups } => {
            let figure = figure.x(Axis::new(x.tr())).y(Axis::new(y.tr()));
            groups.iter().enumerate().fold(figure, |figure, (number, group)| {
                let ink = Ink::Series(number);
                figure.with(Points::new(group.name.tr(), ink, group.points.clone()))
            })
        }
        Chart::HeatMap { x, y, columns, rows, cells } => {
            let values = cells.iter().flatten().map(|cell| cell.unwrap_or(f64::NAN)).collect();
            figure
                .x(Axis::new(x.tr()).categories(columns))
                .y(Axis::new(y.tr()).categories(rows))
                .with(Heat::new(tr("Value", "值"), rows.clone(), columns.clone(), values))
        }
    }
}

fn with_line(figure: Figure, line: &Line, ink: Ink) -> Figure {
    let band: Vec<[f64; 3]> =
        line.points.iter().zip(&line.band).map(|([x, _], [low, high])| [*x, *low, *high]).collect();
    let figure = if band.is_empty() { figure } else { figure.with(Band::new("", ink, band)) };
    figure.with(crate::figure::Line::new(line.name.tr(), ink, line.points.clone()))
}

#[cfg(test)]
mod tests {
    use pg_base::{Words, say};
    use pg_metrics::findings::Bar;

    use super::*;

    #[test]
    fn the_first_words_are_the_headline_and_the_rest_becomes_blocks() {
        let mut findings = Findings::default();
        findings.push(say!("A wins", "甲胜"), say!("By far.", "遥遥领先。"), Body::Words);
        let grid = Grid::default()
            .texts(say!("Name, long", "名称"), [say!("a", "甲"), say!("b", "乙")])
            .numbers(say!("Value", "值"), [0.012_345, f64::NAN]);
        findings.push(say!("Table", "表"), Words::default(), Body::Grid(grid));
        let bar = Bar { name: say!("a", "甲"), value: 1.0, interval: Some([0.5, 2.0]) };
        let chart = Chart::Bars { x: say!("Loss", "损失"), bars: vec![bar; 3] };
        findings.push(say!("Bars", "条"), Words::default(), Body::Chart(chart));
        let (headline, sections) = of(&findings);
        assert_eq!((headline.main.as_str(), headline.beside.as_str()), ("A wins", "By far."));
        let [first, second] = sections.as_slice() else { panic!("two blocks") };
        let Block::Table(table) = &first.block else { panic!("a table") };
        assert_eq!(table.csv(), "Name long,Value\na,0.012345\nb,\n");
        assert_eq!(table.rows[1].cells, ["b", "–"]);
        let Block::Figure(figure) = &second.block else { panic!("a figure") };
        assert!(!figure.is_empty() && figure.height() > MIN_HEIGHT);
    }
}
