//! Metric cards: a large number, how sure it is, and a bar beside that of the baseline.

use eframe::egui::{
    Align, CornerRadius, CursorIcon, Label, Layout, Rect, RichText, Role, Sense, Stroke, Ui,
    UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use pg_base::say;
use pg_metrics::{Findings, Metric, Report};

use super::sums::{self, Spread};
use super::words::{interval_of, name_of, value_of};
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Metrics worth a card, the most telling first, by task.
const OF_CLASSES: [&str; 5] = ["accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "log_loss"];
const OF_LABELS: [&str; 5] = ["f1_micro", "f1_macro", "accuracy", "f1_samples", "hamming_loss"];
const OF_NUMBERS: [&str; 5] = ["r2", "mae", "rmse", "median_absolute_error", "max_error"];
/// Cards are as wide as fits, at least this.
const MIN_WIDTH: f32 = 164.0;
/// Where so many fit beside each other, there is one row.
const MIN_PER_ROW: usize = 3;
const HEIGHT: f32 = 130.0;
/// Height of a card without a baseline, and how many of those are shown.
const LOW_HEIGHT: f32 = 64.0;
const MAX_LOW: usize = 8;
const GAP: f32 = 10.0;

/// One card.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Card {
    pub(super) name: String,
    pub(super) help: String,
    pub(super) value: String,
    /// Interval, or deviation over folds; may be empty.
    pub(super) spread: String,
    pub(super) spread_help: String,
    /// What the baseline has; may be empty.
    pub(super) baseline: String,
    /// Lengths of the two bars, 0 to 1; none where there is no baseline.
    pub(super) bars: Option<[f32; 2]>,
    /// Ends of the interval on the bar, or of one deviation to both sides.
    pub(super) whisker: Option<[f32; 2]>,
    /// Whether it is better than the baseline.
    pub(super) is_better: bool,
}

/// The cards of one evaluation.
pub(super) fn of_report(report: &Report) -> Vec<Card> {
    let card = |id: &&str| {
        let value = *report.metrics().get(*id)?;
        let metric = pg_metrics::metric(id);
        // Where every resample gives the same, the rows are too few to tell.
        let interval = report.intervals().get(*id).filter(|interval| interval.low < interval.high);
        let spread = interval.map(|interval| interval_of(metric, interval.low, interval.high));
        let help = tr(
            "95 % interval: with other rows of the same kind the number would lie within it in 95 of 100 cases. Few rows make it wide.",
            "95% 区间：换一批同类数据，100 次中约有 95 次数值会落在其中。行数越少，区间越宽。",
        );
        let range = interval.map(|interval| [interval.low, interval.high]);
        let spread = Range { text: spread.unwrap_or_default(), help, range };
        Some(card(metric, id, value, report.baseline().get(*id).copied(), spread))
    };
    ids(report).iter().filter_map(card).collect()
}

/// The cards of a cross-validation: means over the folds.
pub(super) fn of_folds(folds: &[Report]) -> Vec<Card> {
    let Some(first) = folds.first() else { return Vec::new() };
    let n_folds = folds.len();
    let help = say!(
        "Standard deviation over {n_folds} folds: how far the result moves with the choice of training and test rows.",
        "{n_folds} 折的标准差：结果随训练、测试数据划分不同而变动的幅度。"
    );
    let card = |id: &&str| {
        let spread = Spread::of(&sums::values(folds, id))?;
        let metric = pg_metrics::metric(id);
        let (mean, deviation) = (spread.mean, spread.deviation);
        let text = format!("± {}", value_of(metric, deviation));
        let spread =
            Range { text, help: help.tr(), range: Some([mean - deviation, mean + deviation]) };
        Some(card(metric, id, mean, sums::baseline(folds, id), spread))
    };
    ids(first).iter().filter_map(card).collect()
}

/// The cards of any other analysis: known metrics in the order of the registry, which begins with those that matter
/// most, and then the others.
pub(super) fn of_findings(findings: &Findings) -> Vec<Card> {
    let card = |(id, value): (&String, &f64)| {
        let spread = Range { text: String::new(), help: "", range: None };
        card(pg_metrics::metric(id), id, *value, None, spread)
    };
    let metrics = &findings.metrics;
    let known = pg_metrics::metrics().filter_map(|metric| metrics.get_key_value(metric.id));
    let others =
        metrics.iter().filter(|(id, _)| pg_metrics::metric(id).is_none() && !id.ends_with("_std"));
    known.chain(others).take(MAX_LOW).map(card).collect()
}

/// Metrics worth a card, and a column in the table of folds.
pub(super) fn ids(report: &Report) -> &'static [&'static str] {
    match report {
        Report::Classification(_) => &OF_CLASSES,
        Report::Several(own) if own.is_of_labels() => &OF_LABELS,
        Report::Regression(_) | Report::Several(_) => &OF_NUMBERS,
    }
}

/// How far a number may move.
struct Range<'a> {
    text: String,
    help: &'a str,
    range: Option<[f64; 2]>,
}

fn card(
    metric: Option<&'static Metric>,
    id: &str,
    value: f64,
    baseline: Option<f64>,
    spread: Range<'_>,
) -> Card {
    let higher_is_better = metric.is_none_or(|metric| metric.higher_is_better);
    let is_better = baseline
        .is_none_or(|baseline| if higher_is_better { value > baseline } else { value < baseline });
    // Scores end at 1; errors have no end, so the larger one fills the bar.
    let highest = spread.range.map_or(value, |[_, high]| high).max(value);
    let full = if higher_is_better { 1.0 } else { baseline.unwrap_or(value).max(highest) };
    let length = |value: f64| if full > 0.0 { (value / full).clamp(0.0, 1.0) as f32 } else { 0.0 };
    Card {
        name: name_of(metric, id),
        help: metric.map_or_else(String::new, |metric| metric.help.tr().to_owned()),
        value: value_of(metric, value),
        spread: spread.text,
        spread_help: spread.help.to_owned(),
        baseline: baseline.map_or_else(String::new, |baseline| value_of(metric, baseline)),
        bars: baseline.map(|baseline| [length(value), length(baseline)]),
        whisker: spread.range.map(|range| range.map(length)),
        is_better,
    }
}

/// Whether no card has a baseline or a spread; then all of them are shown.
pub(super) fn are_low(cards: &[Card]) -> bool {
    cards.iter().all(|card| card.bars.is_none() && card.spread.is_empty())
}

/// Draws the cards in rows of equal widths.
pub(super) fn cards_ui(ui: &mut Ui, cards: &[Card]) {
    if cards.is_empty() {
        return;
    }
    let space = ui.available_width();
    let fitting = (((space + GAP) / (MIN_WIDTH + GAP)).floor() as usize).clamp(1, cards.len());
    let are_low = are_low(cards);
    // Low cards fill as many rows as they need, evenly.
    let per_row =
        if are_low { cards.len().div_ceil(cards.len().div_ceil(fitting)) } else { fitting };
    let height = if are_low { LOW_HEIGHT } else { HEIGHT };
    let width = (space - GAP * (per_row - 1) as f32) / per_row as f32;
    // The rest stands among all metrics; a row with one card in it would look like a mistake.
    let n_shown = if per_row >= MIN_PER_ROW && !are_low { per_row } else { cards.len() };
    let cards = cards.get(..n_shown).unwrap_or(cards);
    for row in cards.chunks(per_row) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for card in row {
                card_ui(ui, card, vec2(width, height));
            }
        });
        ui.add_space(GAP - ui.spacing().item_spacing.y);
    }
}

fn card_ui(ui: &mut Ui, card: &Card, extent: Vec2) {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(extent, Sense::hover());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Label, true, format!("{}: {}", card.name, card.value))
    });
    let frame = widgets::card_frame(ui);
    ui.painter().rect(
        rect,
        frame.corner_radius,
        frame.fill,
        frame.stroke,
        eframe::egui::StrokeKind::Inside,
    );
    let inner = rect.shrink2(vec2(13.0, 11.0));
    let mut child =
        ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Min)));
    child.spacing_mut().item_spacing.y = 2.0;
    child.style_mut().interaction.selectable_labels = false;
    let name = RichText::new(&card.name).size(size::SMALL).color(tokens.weak);
    let name = child.add(Label::new(name).truncate().sense(Sense::hover()));
    if !card.help.is_empty() {
        name.on_hover_text(&card.help).on_hover_cursor(CursorIcon::Help);
    }
    let value = RichText::new(&card.value).font(theme::bold(size::DISPLAY)).color(tokens.strong);
    child.add(Label::new(value).truncate());
    if !card.spread.is_empty() {
        let spread = RichText::new(&card.spread).size(size::SMALL).color(tokens.weak);
        let label = child.add(Label::new(spread).truncate().sense(Sense::hover()));
        label.on_hover_text(&card.spread_help).on_hover_cursor(CursorIcon::Help);
    }
    let Some([own, baseline]) = card.bars else { return };
    let color = if card.is_better { tokens.good } else { tokens.warning };
    let bar = |top: f32, length: f32, color| {
        let track = Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), 5.0));
        ui.painter().rect_filled(track, CornerRadius::same(2), tokens.border.gamma_multiply(0.6));
        let filled =
            Rect::from_min_size(track.min, vec2((track.width() * length).max(2.0), track.height()));
        ui.painter().rect_filled(filled, CornerRadius::same(2), color);
    };
    bar(inner.bottom() - 31.0, own, color);
    if let Some([low, high]) = card.whisker {
        let y = inner.bottom() - 31.0 + 2.5;
        let at = |length: f32| inner.left() + inner.width() * length;
        let stroke = Stroke::new(1.0, tokens.strong);
        ui.painter().hline(at(low)..=at(high), y, stroke);
        for end in [low, high] {
            ui.painter().vline(at(end), y - 3.5..=y + 3.5, stroke);
        }
    }
    bar(inner.bottom() - 23.0, baseline, tokens.weak);
    let text = format!("{} {}", tr("Baseline", "基线"), card.baseline);
    let at = Rect::from_min_max(pos2(inner.left(), inner.bottom() - 15.0), inner.max);
    let mut below =
        ui.new_child(UiBuilder::new().max_rect(at).layout(Layout::left_to_right(Align::Center)));
    below.style_mut().interaction.selectable_labels = false;
    let text = RichText::new(text).size(size::SMALL).color(tokens.weak);
    let help = tr(
        "What a model would reach that looks at no feature: always the largest class, or always the mean.",
        "不看任何特征的模型所能达到的结果：总是猜最常见的类别，或总是回答均值。",
    );
    below
        .add(Label::new(text).truncate().sense(Sense::hover()))
        .on_hover_text(help)
        .on_hover_cursor(CursorIcon::Help);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::report::sums::tests::{classification, regression};

    #[test]
    fn cards_stand_beside_the_baseline() {
        let cards = of_report(&classification(1));
        let first = cards.first().expect("an accuracy");
        assert_eq!(
            (first.name.as_str(), first.value.as_str(), first.baseline.as_str()),
            ("Accuracy", "66.7 %", "66.7 %")
        );
        assert!(!first.is_better && first.spread.contains('–'), "{first:?}");
        let cards = of_report(&regression(1));
        let mae = cards.get(1).expect("r2, then mae");
        assert_eq!((mae.value.as_str(), mae.bars.map(|[own, _]| own < 1.0)), ("0.500", Some(true)));
    }

    #[test]
    fn folds_have_deviations() {
        let cards = of_folds(&[classification(1), classification(4)]);
        assert_eq!(cards.first().map(|card| card.spread.as_str()), Some("± 0 %"));
        assert!(of_folds(&[]).is_empty());
    }
}
