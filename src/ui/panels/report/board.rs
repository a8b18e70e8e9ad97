//! Lays a dashboard out: the sentence, the cards, where the model goes wrong, and how well it tells classes apart.

use eframe::egui::{ComboBox, CursorIcon, Id, Label, RichText, Ui, Vec2, vec2};
use egui_material_icons::icons;
use pg_base::say;
use pg_pipeline::NodeId;

use super::curves::Choice;
use super::dashboard::Dashboard;
use super::table::{Table, TableClick, table_card_ui};
use super::{cards, errors, findings, head};
use crate::cx::Cx;
use crate::figure::{Figure, figure_card_ui};
use crate::lang::{Tr, tr};
use crate::theme::{size, tokens};
use crate::widgets;

pub(super) const GAP: f32 = 10.0;
/// Blocks of a section stand side by side where each gets this width.
const MIN_BLOCK: f32 = 330.0;
/// Heights of blocks.
const HEIGHTS: std::ops::RangeInclusive<f32> = 270.0..=360.0;
/// More classes than this have a matrix over the whole width.
const MAX_CLASSES_BESIDE: usize = 12;
const MAX_MATRIX: f32 = 620.0;
/// The line below the matrix.
const CAPTION: f32 = 24.0;
/// Notes shown at once.
const MAX_NOTES: usize = 4;

/// What a person asked for while it was drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wish {
    /// The pointer is on this cell of the matrix.
    Hover(usize),
    /// To list all metrics, or not.
    ShowAllMetrics(bool),
    /// Curves of other classes.
    Choose(Choice),
    /// To see rows of the source.
    Rows(Vec<u64>),
    /// To save a table: what it is called, and its text.
    Save(String, String),
    /// To see a node.
    GoTo(NodeId),
}

/// How a person looks at it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    pub(super) shows_all: bool,
    pub(super) hovered_cell: Option<usize>,
}

/// One thing in a section.
enum Block<'a> {
    Figure(&'a Figure),
    Matrix(&'a Figure),
    /// Classes above the worst rows.
    Tables(&'a Table, &'a Table),
    Table(&'a Table),
    /// The table of worst rows.
    Worst(&'a Table),
    /// A figure whose points are rows.
    Points(&'a Figure),
}

/// Draws it; what was asked for is added to `wishes`.
pub(super) fn board_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    board: &Dashboard,
    look: Look,
    wishes: &mut Vec<Wish>,
) {
    ui.spacing_mut().item_spacing.y = 6.0;
    // The scroll bar floats over the last points.
    ui.set_max_width(ui.available_width() - 8.0);
    if head::head_ui(ui, cx, board) {
        wishes.push(Wish::GoTo(board.stamp.node.clone()));
    }
    ui.add_space(2.0);
    notes_ui(ui, board);
    cards::cards_ui(ui, &board.cards);
    all_metrics_ui(ui, board, look, wishes);
    if let Some((table, figures)) = &board.folds {
        title_ui(ui, tr("Fold by fold", "逐折结果"));
        table_ui(ui, table, vec2(ui.available_width(), table.height()), &[], wishes);
        ui.add_space(GAP - ui.spacing().item_spacing.y);
        let blocks: Vec<Block<'_>> = figures.iter().map(Block::Figure).collect();
        blocks_ui(ui, cx, board, look, &blocks, wishes);
    }
    if board.sections.is_empty() {
        mistakes_ui(ui, cx, board, look, wishes);
    } else {
        findings::sections_ui(ui, cx, &board.sections, wishes);
    }
    if !board.curves.is_empty() {
        title_ui(ui, tr("How well it tells the classes apart", "区分各类别的能力"));
        if !board.curve_classes.is_empty() {
            choice_ui(ui, board, wishes);
        }
        let blocks: Vec<Block<'_>> = board.curves.iter().map(Block::Figure).collect();
        blocks_ui(ui, cx, board, look, &blocks, wishes);
    }
    ui.add_space(8.0);
}

/// Classes taken for each other, and the rows with the largest errors.
fn mistakes_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    board: &Dashboard,
    look: Look,
    wishes: &mut Vec<Wish>,
) {
    title_ui(ui, tr("Where it goes wrong", "错在哪里"));
    let mut blocks = Vec::new();
    if let Some((figure, confusion)) = &board.matrix {
        if confusion.class_names.len() > MAX_CLASSES_BESIDE {
            blocks_ui(ui, cx, board, look, &[Block::Matrix(figure)], wishes);
        } else {
            blocks.push(Block::Matrix(figure));
        }
    }
    blocks.extend(board.numbers.iter().enumerate().map(|(index, figure)| match index {
        0 | 1 => Block::Points(figure),
        _ => Block::Figure(figure),
    }));
    match (&board.classes, &board.worst) {
        // Beside a matrix, two short tables fill one place.
        (Some(classes), worst) if blocks.len() == 1 && !worst.rows.is_empty() => {
            blocks.push(Block::Tables(classes, worst));
        }
        (classes, worst) => {
            blocks.extend(classes.as_ref().map(Block::Table));
            blocks.extend((!worst.rows.is_empty()).then_some(Block::Worst(worst)));
        }
    }
    blocks_ui(ui, cx, board, look, &blocks, wishes);
}

pub(super) fn title_ui(ui: &mut Ui, title: &str) {
    ui.add_space(10.0);
    widgets::subheading(ui, title);
}

fn notes_ui(ui: &mut Ui, board: &Dashboard) {
    if board.notes.is_empty() {
        return;
    }
    widgets::notice_ui(ui, board.cards.is_empty(), |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        for note in board.notes.iter().take(MAX_NOTES) {
            ui.add(Label::new(RichText::new(note.tr()).color(tokens(ui).text)).wrap());
        }
        let n_more = board.notes.len().saturating_sub(MAX_NOTES);
        if n_more > 0 {
            let rest: Vec<&str> = board.notes.iter().skip(MAX_NOTES).map(Tr::tr).collect();
            let words = say!("and {n_more} more", "另有 {n_more} 条");
            widgets::weak(ui, words.tr()).on_hover_text(rest.join("\n"));
        }
    });
    ui.add_space(4.0);
}

fn all_metrics_ui(ui: &mut Ui, board: &Dashboard, look: Look, wishes: &mut Vec<Wish>) {
    // Low cards are all shown; a table of the same numbers would tell nothing more.
    let n_low = if cards::are_low(&board.cards) { board.cards.len() } else { 0 };
    if board.metrics.rows.len() <= n_low {
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let n_metrics = board.metrics.rows.len();
        let (icon, words) = if look.shows_all {
            (icons::ICON_EXPAND_LESS, say!("Fewer metrics", "收起"))
        } else {
            (icons::ICON_EXPAND_MORE, say!("All {n_metrics} metrics", "全部 {n_metrics} 个指标"))
        };
        let color = tokens(ui).accent;
        if widgets::link(ui, words.tr()).clicked() {
            wishes.push(Wish::ShowAllMetrics(!look.shows_all));
        }
        ui.label(icon.rich_text().size(size::ICON).color(color));
    });
    if look.shows_all {
        let height = board.metrics.height();
        table_ui(ui, &board.metrics, vec2(ui.available_width(), height), &[], wishes);
    }
}

/// Blocks in rows of equal widths.
fn blocks_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    board: &Dashboard,
    look: Look,
    blocks: &[Block<'_>],
    wishes: &mut Vec<Wish>,
) {
    if blocks.is_empty() {
        return;
    }
    let space = ui.available_width();
    let most = ((space + GAP) / (MIN_BLOCK + GAP)).floor().max(1.0) as usize;
    // As many rows as needed, with blocks spread evenly over them.
    let n_rows = blocks.len().div_ceil(most);
    let per_row = blocks.len().div_ceil(n_rows);
    for row in blocks.chunks(per_row) {
        let width = (space - GAP * (row.len() - 1) as f32) / row.len() as f32;
        let is_large = matches!(row, [Block::Matrix(_)])
            && board
                .matrix
                .as_ref()
                .is_some_and(|(_, matrix)| matrix.class_names.len() > MAX_CLASSES_BESIDE);
        let height = match row {
            _ if is_large => width.min(MAX_MATRIX),
            [Block::Figure(_)] => *HEIGHTS.start(),
            _ => (width * 0.86).clamp(*HEIGHTS.start(), *HEIGHTS.end()),
        };
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = vec2(GAP, 0.0);
            for block in row {
                block_ui(ui, cx, board, look, block, vec2(width, height), wishes);
            }
        });
        ui.add_space(GAP - ui.spacing().item_spacing.y);
    }
}

fn block_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    board: &Dashboard,
    look: Look,
    block: &Block<'_>,
    size: Vec2,
    wishes: &mut Vec<Wish>,
) {
    match block {
        Block::Figure(figure) => {
            figure_card_ui(ui, cx, figure, size);
        }
        Block::Points(figure) => {
            let drawn = figure_card_ui(ui, cx, figure, size);
            let row = |index: usize| board.point_rows.get(index).copied().flatten();
            if drawn.hovered.is_some_and(|hit| row(hit.index).is_some()) {
                ui.set_cursor_icon(CursorIcon::PointingHand);
            }
            if let Some(row) = drawn.clicked.and_then(|hit| row(hit.index)) {
                wishes.push(Wish::Rows(vec![row]));
            }
        }
        Block::Matrix(figure) => matrix_ui(ui, cx, board, look, figure, size, wishes),
        Block::Tables(classes, worst) => {
            let upper = classes.height().min((size.y - GAP) * 0.55);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = GAP;
                table_ui(ui, classes, vec2(size.x, upper), &[], wishes);
                table_ui(ui, worst, vec2(size.x, size.y - GAP - upper), &board.worst_rows, wishes);
            });
        }
        Block::Table(table) => table_ui(ui, table, size, &[], wishes),
        Block::Worst(table) => table_ui(ui, table, size, &board.worst_rows, wishes),
    }
}

/// The matrix, and in words what the pointer is on.
fn matrix_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    board: &Dashboard,
    look: Look,
    figure: &Figure,
    size: Vec2,
    wishes: &mut Vec<Wish>,
) {
    let Some((_, confusion)) = &board.matrix else { return };
    let n_classes = confusion.class_names.len().max(1);
    let rows_of = |cell: usize| confusion.rows_of(cell / n_classes, cell % n_classes);
    ui.vertical(|ui| {
        ui.set_width(size.x);
        ui.spacing_mut().item_spacing.y = 4.0;
        let drawn = figure_card_ui(ui, cx, figure, size - vec2(0.0, CAPTION));
        if let Some(hit) = drawn.hovered {
            if !rows_of(hit.index).is_empty() {
                ui.set_cursor_icon(CursorIcon::PointingHand);
            }
            wishes.push(Wish::Hover(hit.index));
            if look.hovered_cell != Some(hit.index) {
                ui.ctx().request_repaint();
            }
        }
        if let Some(hit) = drawn.clicked {
            wishes.push(Wish::Rows(rows_of(hit.index).to_vec()));
        }
        let sentence = errors::matrix_sentence(confusion, look.hovered_cell);
        let color = if look.hovered_cell.is_some() { tokens(ui).strong } else { tokens(ui).weak };
        ui.add(
            Label::new(RichText::new(sentence).size(self::size::SMALL + 0.5).color(color))
                .truncate(),
        );
    });
}

/// A table whose rows are rows of the source, or none.
pub(super) fn table_ui(
    ui: &mut Ui,
    table: &Table,
    size: Vec2,
    source_rows: &[u64],
    wishes: &mut Vec<Wish>,
) {
    match table_card_ui(ui, table, size) {
        Some(TableClick::Save) => wishes.push(Wish::Save(table.file_stem.clone(), table.csv())),
        Some(TableClick::All) => wishes.push(Wish::Rows(source_rows.to_vec())),
        Some(TableClick::Row(index)) => {
            wishes.extend(source_rows.get(index).map(|row| Wish::Rows(vec![*row])));
        }
        None => {}
    }
}

/// Which classes have curves, where there are many.
fn choice_ui(ui: &mut Ui, board: &Dashboard, wishes: &mut Vec<Wish>) {
    let hardest = tr("The hardest classes", "最难区分的类别");
    let chosen = match &board.stamp.choice {
        Choice::Hardest => hardest,
        Choice::Class(name) => name,
    };
    ui.horizontal(|ui| {
        widgets::weak(ui, tr("Curves of", "显示曲线："));
        ComboBox::from_id_salt(Id::unique("curve-classes"))
            .selected_text(chosen)
            .width(200.0)
            .show_ui(ui, |ui| {
                if ui.selectable_label(board.stamp.choice == Choice::Hardest, hardest).clicked() {
                    wishes.push(Wish::Choose(Choice::Hardest));
                }
                for name in &board.curve_classes {
                    let choice = Choice::Class(name.clone());
                    if ui.selectable_label(board.stamp.choice == choice, name).clicked() {
                        wishes.push(Wish::Choose(choice));
                    }
                }
            });
    });
}
