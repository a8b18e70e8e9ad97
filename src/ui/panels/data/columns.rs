//! The list of columns: per column kind, usable share, spread, statistics and most frequent values.

use eframe::egui::{
    Color32, CornerRadius, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};
use pg_data::profile::{ColumnProfile, Distinct, Spread};
use pg_data::view::moment_text;
use pg_data::{Column, Role as ColumnRole};

use super::marks::{self, line_of_text};
use super::open::OpenTable;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::{classes, widgets};

const ROW_HEIGHT: f32 = 58.0;
const HEAD_HEIGHT: f32 = 24.0;
const GAP: f32 = 18.0;
/// Width of a number among the statistics: those of all columns stand below each other.
const NUMBER_WIDTH: f32 = 48.0;
const PAIR_GAP: f32 = 13.0;

/// Where the fields of a row stand.
struct Fields {
    name: Rect,
    usable: Rect,
    distinct: Rect,
    spread: Rect,
    facts: Rect,
}

impl Fields {
    /// Divides a row; narrow ones give up room from the right.
    fn of(row: Rect) -> Self {
        let mut left = row.left() + 8.0;
        let mut take = |width: f32| {
            let field = Rect::from_min_max(
                pos2(left, row.top()),
                pos2((left + width).min(row.right()), row.bottom()),
            );
            left += width + GAP;
            field
        };
        let room = row.width();
        let (name, usable, distinct) =
            (take((room * 0.19).clamp(120.0, 220.0)), take(76.0), take(64.0));
        let spread = take((room * 0.18).clamp(90.0, 220.0));
        Self {
            name,
            usable,
            distinct,
            spread,
            facts: Rect::from_min_max(pos2(left, row.top()), row.max - vec2(8.0, 0.0)),
        }
    }
}

/// Draws the list; gives the column that was clicked.
pub(super) fn columns_ui(ui: &mut Ui, open: &OpenTable, search: &str) -> Option<usize> {
    let search = search.trim().to_lowercase();
    let columns = open.view.schema().columns.iter().enumerate();
    let listed: Vec<(usize, &Column)> =
        columns.filter(|(_, column)| column.name.to_lowercase().contains(&search)).collect();
    let tokens = tokens(ui);
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD_HEIGHT), Sense::hover());
    let fields = Fields::of(head);
    for (field, text) in [
        (fields.name, tr("Column", "列")),
        (fields.usable, tr("Usable", "可用")),
        (fields.distinct, tr("Different", "不同值")),
        (fields.spread, tr("Spread", "分布")),
        (fields.facts, tr("Values", "取值")),
    ] {
        if field.width() > 30.0 {
            line_of_text(
                ui,
                text,
                field.left_center(),
                field.width(),
                theme::regular(size::SMALL),
                tokens.weak,
            );
        }
    }
    ui.painter().hline(
        head.x_range(),
        head.bottom(),
        eframe::egui::Stroke::new(1.0, tokens.border),
    );
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut clicked = None;
    ScrollArea::vertical().id_salt("data-columns").auto_shrink(false).show_rows(
        ui,
        ROW_HEIGHT,
        listed.len(),
        |ui, range| {
            for (index, column) in listed.get(range).unwrap_or_default() {
                if column_ui(ui, column, open.profiles.get(&column.name)) {
                    clicked = Some(*index);
                }
            }
        },
    );
    clicked
}

fn column_ui(ui: &mut Ui, column: &Column, profile: Option<&ColumnProfile>) -> bool {
    let tokens = tokens(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &column.name));
    if response.hovered() {
        ui.painter().rect_filled(
            rect,
            CornerRadius::same(size::RADIUS),
            tokens.hover.gamma_multiply(0.5),
        );
    }
    widgets::focus_ring(ui, &response);
    ui.painter().hline(
        rect.x_range(),
        rect.bottom(),
        eframe::egui::Stroke::new(1.0, tokens.border.gamma_multiply(0.55)),
    );
    let fields = Fields::of(rect);
    name_ui(ui, fields.name, column);
    if let Some(profile) = profile {
        usable_ui(ui, fields.usable, profile);
        let middle = fields.distinct.left_center();
        let text = marks::distinct_text(profile.distinct).unwrap_or_else(|| "–".to_owned());
        line_of_text(
            ui,
            &text,
            middle,
            fields.distinct.width(),
            theme::regular(size::BODY),
            tokens.text,
        );
        spread_ui(ui, fields.spread, column, profile);
        if fields.facts.width() > 40.0 {
            facts_ui(ui, fields.facts, profile);
        }
    }
    response.on_hover_text(tr("Show it in the table", "在表格中查看")).clicked()
}

fn name_ui(ui: &Ui, field: Rect, column: &Column) {
    let tokens = tokens(ui);
    let (upper, lower) = (field.center().y - 9.0, field.center().y + 9.0);
    let icon = Rect::from_center_size(pos2(field.left() + 8.0, upper), vec2(16.0, 16.0));
    widgets::icon_at(ui, marks::icon_of(&column.kind), icon, size::ICON, tokens.weak);
    let left = field.left() + 24.0;
    line_of_text(
        ui,
        &column.name,
        pos2(left, upper),
        field.right() - left,
        theme::bold(size::BODY),
        tokens.strong,
    );
    let kind = column.kind.label();
    line_of_text(
        ui,
        kind.tr(),
        pos2(left, lower),
        field.right() - left,
        theme::regular(size::SMALL),
        tokens.weak,
    );
    if let Some(role) = marks::role_label(column.role) {
        let is_target = column.role == ColumnRole::Target;
        marks::badge(ui.painter(), tokens, pos2(field.right(), lower), role, is_target);
    }
}

fn usable_ui(ui: &Ui, field: Rect, profile: &ColumnProfile) {
    let tokens = tokens(ui);
    let share = profile.quality().unwrap_or(0.0);
    let upper = pos2(field.left(), field.center().y - 7.0);
    line_of_text(
        ui,
        &marks::percent(share),
        upper,
        field.width(),
        theme::regular(size::BODY),
        tokens.text,
    );
    let bar =
        Rect::from_min_size(pos2(field.left(), field.center().y + 6.0), vec2(field.width(), 4.0));
    marks::quality_bar(ui, bar, share);
}

fn spread_ui(ui: &Ui, field: Rect, column: &Column, profile: &ColumnProfile) {
    let tokens = tokens(ui);
    let room = field.shrink2(vec2(0.0, 10.0));
    match &profile.spread {
        Spread::Numbers(numbers) | Spread::Dates(numbers) => {
            marks::histogram(ui.painter(), room, numbers, tokens.accent.gamma_multiply(0.75), 26.0);
        }
        Spread::Labels(labels) if marks::is_told(column, profile) => {
            let bar = Rect::from_center_size(room.center(), vec2(room.width(), 8.0));
            let is_coloured = matches!(profile.distinct, Distinct::Exactly(count) if count <= marks::MAX_COLOURED);
            marks::shares(ui.painter(), tokens, bar, labels, marks::n_usable(profile), is_coloured);
        }
        _ => {}
    }
}

/// Statistics as pairs side by side, or the most frequent values.
fn facts_ui(ui: &Ui, field: Rect, profile: &ColumnProfile) {
    let number = widgets::number;
    let facts: Vec<(String, String, Option<Color32>)> = match &profile.spread {
        Spread::Nothing => Vec::new(),
        Spread::Numbers(numbers) => {
            let [first, median, third] = numbers.quartiles;
            let quartile = |label: &'static str, value: f64| (label, number(value));
            let mut all = vec![
                (tr("mean", "均值"), number(numbers.mean)),
                (tr("deviation", "标准差"), number(numbers.std)),
                (tr("min", "最小"), number(numbers.min)),
                (tr("median", "中位"), number(median)),
                (tr("max", "最大"), number(numbers.max)),
            ];
            // The quartiles stand between their neighbours, or not at all.
            if field.width() > 7.0 * (NUMBER_WIDTH + PAIR_GAP) {
                all.insert(4, quartile("75 %", third));
                all.insert(3, quartile("25 %", first));
            }
            all.into_iter().map(|(label, value)| (label.to_owned(), value, None)).collect()
        }
        Spread::Dates(numbers) => {
            let (from, to) = numbers.date_range();
            let median = moment_text((numbers.quartiles[1] / 86_400.0).floor() * 86_400.0);
            let all =
                [(tr("from", "起"), from), (tr("median", "中位"), median), (tr("to", "止"), to)];
            all.into_iter().map(|(label, value)| (label.to_owned(), value, None)).collect()
        }
        Spread::Labels(labels) => {
            let is_coloured = matches!(profile.distinct, Distinct::Exactly(count) if count <= marks::MAX_COLOURED);
            let n_usable = marks::n_usable(profile).max(1) as f64;
            let is_frequent = labels.top.first().is_some_and(|(_, count)| *count > 1);
            if is_frequent {
                let one = |(rank, (label, count)): (usize, &(String, usize))| {
                    let color = is_coloured.then(|| classes::color_of(label, rank, tokens(ui)));
                    (marks::short(label, 28), marks::percent(*count as f64 / n_usable), color)
                };
                labels.top.iter().enumerate().map(one).collect()
            } else {
                let all = [
                    (tr("shortest", "最短"), labels.min_chars as f64),
                    (tr("average", "平均"), labels.mean_chars.round()),
                    (tr("longest", "最长"), labels.max_chars as f64),
                ];
                let unit = tr(" characters", " 字");
                all.into_iter()
                    .map(|(label, value)| (label.to_owned(), number(value) + unit, None))
                    .collect()
            }
        }
    };
    pairs_ui(ui, field, &facts);
}

/// Label over value, side by side as far as there is room.
fn pairs_ui(ui: &Ui, field: Rect, pairs: &[(String, String, Option<Color32>)]) {
    let tokens = tokens(ui);
    let mut left = field.left();
    for (label, value, color) in pairs {
        let upper =
            ui.painter().layout_no_wrap(label.clone(), theme::regular(size::SMALL), tokens.weak);
        let lower =
            ui.painter().layout_no_wrap(value.clone(), theme::regular(size::BODY), tokens.text);
        let mark = if color.is_some() { 11.0 } else { 0.0 };
        let width = (upper.size().x + mark).max(lower.size().x).max(NUMBER_WIDTH);
        if left + width > field.right() {
            break;
        }
        if let Some(color) = color {
            ui.painter().circle_filled(pos2(left + 3.5, field.center().y - 9.0), 3.5, *color);
        }
        let at = |galley_height: f32, x: f32, y: f32| {
            pos2(x, field.center().y + y - galley_height / 2.0)
        };
        ui.painter().galley(at(upper.size().y, left + mark, -9.0), upper, tokens.weak);
        ui.painter().galley(at(lower.size().y, left, 9.0), lower, tokens.text);
        left += width + PAIR_GAP;
    }
}
