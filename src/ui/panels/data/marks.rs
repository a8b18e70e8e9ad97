//! Small signs of columns: icons of kinds, names of roles, histograms and bars in a few pixels.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Ui, pos2, vec2,
};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons;
use pg_data::profile::{ColumnProfile, Distinct, Labels, Numbers, Spread};
use pg_data::view::moment_text;
use pg_data::{Column, ColumnKind, ImageForm, Part, Role};

use crate::lang::tr;
use crate::theme::{self, Tokens, size, tokens};
use crate::{classes, widgets};

/// Labels that have a colour of their own; with more, no label has one.
pub(super) const MAX_COLOURED: usize = 8;

/// The sign of a kind.
pub(super) fn icon_of(kind: &ColumnKind) -> MaterialIcon {
    match kind {
        ColumnKind::Number => icons::ICON_TAG,
        ColumnKind::Category => icons::ICON_LABEL,
        ColumnKind::Text => icons::ICON_NOTES,
        ColumnKind::Date => icons::ICON_CALENDAR_TODAY,
        ColumnKind::Image(_) => icons::ICON_IMAGE,
        ColumnKind::Audio => icons::ICON_GRAPHIC_EQ,
        ColumnKind::Sequence { .. } => icons::ICON_DATA_ARRAY,
    }
}

/// What the person reads as the role; none for features, which most columns are.
pub(super) fn role_label(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::Feature => return None,
        Role::Target => tr("target", "目标"),
        Role::Group => tr("group", "分组"),
        Role::Time => tr("time", "时间"),
        Role::Id => tr("id", "标识"),
        Role::Ignored => tr("ignored", "忽略"),
    })
}

/// What the person reads as the part.
pub(super) fn part_label(part: Part) -> &'static str {
    match part {
        Part::Training => tr("Training", "训练"),
        Part::Validation => tr("Validation", "验证"),
        Part::Test => tr("Test", "测试"),
    }
}

/// The colour of a part.
pub(super) fn part_color(tokens: &Tokens, part: Part) -> Color32 {
    match part {
        Part::Training => tokens.series(0),
        Part::Validation => tokens.series(1),
        Part::Test => tokens.series(2),
    }
}

/// A share as a percentage; what is there is never called 0 %, what lacks something never 100 %.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 1.0 => "<1 %".to_owned(),
        percent if percent > 99.0 && percent < 100.0 => ">99 %".to_owned(),
        percent => format!("{percent:.0} %"),
    }
}

/// How many different values.
pub(super) fn distinct_text(distinct: Distinct) -> Option<String> {
    match distinct {
        Distinct::Exactly(count) => Some(widgets::count(count as u64)),
        Distinct::MoreThan(count) => Some(format!("> {}", widgets::count(count as u64))),
        Distinct::Unknown => None,
    }
}

/// The colour of a label among the most frequent ones; none where there are too many labels to tell apart.
pub(super) fn label_color(
    tokens: &Tokens,
    profile: &ColumnProfile,
    label: &str,
) -> Option<Color32> {
    let Spread::Labels(labels) = &profile.spread else { return None };
    if !matches!(profile.distinct, Distinct::Exactly(count) if count <= MAX_COLOURED) {
        return None;
    }
    let rank = labels.top.iter().position(|(text, _)| text == label)?;
    Some(classes::color_of(label, rank, tokens))
}

/// A badge with the name of a role; gives its width.
pub(super) fn badge(
    painter: &Painter,
    tokens: &Tokens,
    right_center: Pos2,
    text: &str,
    is_strong: bool,
) -> f32 {
    let color = if is_strong { tokens.accent } else { tokens.weak };
    let galley = painter.layout_no_wrap(text.to_owned(), theme::regular(size::SMALL - 0.5), color);
    let rect = Rect::from_min_size(
        pos2(right_center.x - galley.size().x - 10.0, right_center.y - 8.0),
        vec2(galley.size().x + 10.0, 16.0),
    );
    painter.rect_filled(rect, CornerRadius::same(4), color.gamma_multiply(0.16));
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
    painter.galley(at, galley, color);
    rect.width()
}

/// A galley of one line, cut with an ellipsis where it is wider.
pub(super) fn cut(ui: &Ui, text: String, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text, font, color);
    job.wrap = TextWrapping::truncate_at_width(width.max(1.0));
    ui.painter().layout_job(job)
}

/// One line of text from the left, cut where it does not fit.
pub(super) fn line_of_text(
    ui: &Ui,
    text: &str,
    left_center: Pos2,
    width: f32,
    font: FontId,
    color: Color32,
) {
    let galley = cut(ui, text.to_owned(), font, color, width);
    let at = Align2::LEFT_CENTER.anchor_size(left_center, galley.size()).min;
    ui.painter().galley(at, galley, color);
}

/// Bars from the bottom of a rectangle, each at most `max_step` wide.
pub(super) fn histogram(
    painter: &Painter,
    rect: Rect,
    numbers: &Numbers,
    color: Color32,
    max_step: f32,
) {
    let most = numbers.bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1) as f32;
    let n_bins = numbers.bins.len().max(1) as f32;
    // Few bins stay slim: one bar as wide as the column says nothing.
    let step = (rect.width() / n_bins).min(max_step);
    let gap = if step > 4.0 { 1.0 } else { 0.5 };
    for (index, bin) in numbers.bins.iter().enumerate() {
        let left = rect.left() + index as f32 * step;
        let height = bin.count as f32 / most * rect.height();
        // What is there is seen, however rare it is.
        let height = if bin.count == 0 { 0.75 } else { height.max(1.5) };
        let bar = Rect::from_min_max(
            pos2(left, rect.bottom() - height),
            pos2(left + step - gap, rect.bottom()),
        );
        painter.rect_filled(
            bar,
            CornerRadius::ZERO,
            if bin.count == 0 { color.gamma_multiply(0.4) } else { color },
        );
    }
}

/// One bar that the labels share by how frequent they are; the rest is grey.
pub(super) fn shares(
    painter: &Painter,
    tokens: &Tokens,
    rect: Rect,
    labels: &Labels,
    n_usable: usize,
    is_coloured: bool,
) {
    let whole = n_usable.max(1) as f32;
    let mut left = rect.left();
    painter.rect_filled(rect, CornerRadius::same(2), tokens.border);
    for (rank, (label, count)) in labels.top.iter().enumerate() {
        let width = *count as f32 / whole * rect.width();
        let color = if is_coloured {
            classes::color_of(label, rank, tokens)
        } else {
            tokens.weak.gamma_multiply(0.9 - 0.07 * rank as f32)
        };
        let part = Rect::from_min_max(
            pos2(left, rect.top()),
            pos2((left + width - 1.0).max(left + 0.5), rect.bottom()),
        );
        painter.rect_filled(part.intersect(rect), CornerRadius::same(2), color);
        left += width;
    }
}

/// A bar filled to a share: green where all values are usable, else a warning.
pub(super) fn quality_bar(ui: &Ui, rect: Rect, share: f64) {
    let tokens = tokens(ui);
    let color = match share {
        share if share >= 0.95 => tokens.good,
        share if share >= 0.6 => tokens.warning,
        _ => tokens.bad,
    };
    ui.painter().rect_filled(rect, CornerRadius::same(2), tokens.border);
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share as f32, rect.height()));
    ui.painter().rect_filled(filled, CornerRadius::same(2), color);
}

/// Whether the most frequent value says something: free texts are nearly all different.
pub(super) fn is_told(column: &Column, profile: &ColumnProfile) -> bool {
    match profile.distinct {
        Distinct::Exactly(count) => {
            column.kind == ColumnKind::Category || count * 2 <= n_usable(profile)
        }
        _ => false,
    }
}

/// What is known of pictures before one is seen.
pub(super) fn picture_text(kind: &ColumnKind) -> Option<String> {
    match kind {
        ColumnKind::Image(ImageForm::Files) => Some(tr("files", "文件").to_owned()),
        ColumnKind::Image(ImageForm::Pixels { height, width, channels, .. }) => {
            let color = if *channels == 1 { tr("grey", "灰度") } else { tr("colour", "彩色") };
            Some(format!("{width} × {height} · {color}"))
        }
        _ => None,
    }
}

/// Usable rows of a column.
pub(super) fn n_usable(profile: &ColumnProfile) -> usize {
    profile.n_rows - profile.n_missing - profile.n_unusable
}

/// What a tooltip says of a column: kind, missing, different values, range.
pub(super) fn summary(profile: &ColumnProfile) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut line = |label: &str, value: String| lines.push((label.to_owned(), value));
    if profile.n_missing > 0 {
        let count = widgets::count(profile.n_missing as u64);
        line(tr("Missing", "缺失"), format!("{count} · {}", percent(profile.missing_share())));
    }
    if profile.n_unusable > 0 {
        line(tr("Unusable", "不可用"), widgets::count(profile.n_unusable as u64));
    }
    if let Some(text) = distinct_text(profile.distinct) {
        line(tr("Different values", "不同的值"), text);
    }
    match &profile.spread {
        Spread::Nothing => {}
        Spread::Numbers(numbers) => {
            let number = widgets::number;
            line(tr("Range", "范围"), format!("{} … {}", number(numbers.min), number(numbers.max)));
            line(
                tr("Mean ± deviation", "均值 ± 标准差"),
                format!("{} ± {}", number(numbers.mean), number(numbers.std)),
            );
            line(tr("Median", "中位数"), number(numbers.quartiles[1]));
        }
        Spread::Dates(numbers) => {
            line(tr("From", "起"), moment_text(numbers.min));
            line(tr("To", "止"), moment_text(numbers.max));
        }
        Spread::Labels(labels) => {
            for (label, count) in labels.top.iter().take(6) {
                let share = *count as f64 / n_usable(profile).max(1) as f64;
                line(
                    &short(label, 32),
                    format!("{} · {}", widgets::count(*count as u64), percent(share)),
                );
            }
        }
    }
    lines
}

/// A text of at most so many characters.
pub(super) fn short(text: &str, n_chars: usize) -> String {
    let mut short: String = text.chars().take(n_chars).collect();
    if text.chars().nth(n_chars).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_never_rounded_to_nothing_or_all() {
        let texts: Vec<String> = [0.0, 0.001, 0.5, 0.999, 1.0].into_iter().map(percent).collect();
        assert_eq!(texts, ["0 %", "<1 %", "50 %", ">99 %", "100 %"]);
        assert_eq!(short("长长长", 2), "长长…");
    }
}
