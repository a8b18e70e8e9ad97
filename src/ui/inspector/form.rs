//! The form of a node: one row per parameter, derived from its record alone.

use eframe::egui::{self, Align, Id, Label, Layout, Response, RichText, Ui, vec2};
use egui_material_icons::icons;
use pg_base::{Lang, ParamKind, ParamSpec, ParamValue, say};
use pg_contract::{NodeSpec, Severity};
use pg_pipeline::{Edit, Node, NodeDiagnostic};

use super::drafts::Drafts;
use super::{choice, column, columns, number, numbers, path, sections, text};
use crate::cx::Cx;
use crate::lang::{Tr, lang, tr};
use crate::theme::{size, tokens};
use crate::widgets;

/// Share of the width that labels take.
const LABELS: f32 = 0.46;
/// Space between two rows.
const GAP: f32 = 6.0;

/// One parameter of a node, as its field sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    /// The node.
    pub(super) node: &'a Node,
    /// Its kind.
    pub(super) spec: &'static NodeSpec,
    /// The parameter.
    pub(super) param: &'static ParamSpec,
    /// What it is now.
    pub(super) value: &'a ParamValue,
    /// Whether something is wrong with it.
    pub(super) is_bad: bool,
}

impl Field<'_> {
    /// Stays the same whatever else is shown.
    pub(super) fn id(&self) -> Id {
        Id::unique(("param", &self.node.id, self.param.id))
    }

    /// What the person reads.
    pub(super) fn name(&self) -> &'static str {
        self.param.label.get(crate::lang::lang())
    }

    /// Sets the parameter as one step.
    pub(super) fn set(&self, cx: &mut Cx<'_>, value: ParamValue) {
        if value != *self.value {
            cx.edit(self.edit(value), self.step());
        }
    }

    /// Sets it as a part of a longer gesture, which ends with [`pg_session::Command::EndMerging`].
    pub(super) fn set_merged(&self, cx: &mut Cx<'_>, value: ParamValue) {
        if value != *self.value {
            cx.edit_merged(self.edit(value), self.step());
        }
    }

    fn edit(&self, value: ParamValue) -> Edit {
        Edit::SetParam { id: self.node.id.clone(), param: self.param.id.to_owned(), value }
    }

    fn step(&self) -> pg_base::Words {
        let (en, zh) = (self.param.label.en, self.param.label.zh);
        say!("Set “{en}”", "设置“{zh}”")
    }
}

/// What a field does.
pub(super) type FieldUi = fn(&mut Ui, &mut Cx<'_>, &mut Drafts, &Field<'_>) -> Response;

/// Draws all rows, those of advanced parameters under a title of their own. `focus` is a parameter to bring into view.
pub(super) fn form_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    node: &Node,
    spec: &'static NodeSpec,
    (focus, is_more_open): (Option<&str>, &mut bool),
) {
    let diagnostics: Vec<NodeDiagnostic> = cx.session.analysis().at(&node.id).cloned().collect();
    ui.spacing_mut().item_spacing.y = GAP;
    let told = |param: &ParamSpec| -> Vec<&NodeDiagnostic> {
        diagnostics.iter().filter(|told| param_of(told, spec) == Some(param.id)).collect()
    };
    let (advanced, usual): (Vec<_>, Vec<_>) =
        cx.session.analysis().shown_params(node, spec).partition(|param| param.is_advanced);
    let mut param_ui = |ui: &mut Ui, param: &'static ParamSpec| {
        let value = node.params.get(param.id).cloned().unwrap_or_else(|| param.default_value());
        let told = told(param);
        let is_bad = told.iter().any(|told| told.severity == Severity::Error);
        let field = Field { node, spec, param, value: &value, is_bad };
        let row = ui.push_id(param.id, |ui| row_ui(ui, cx, drafts, &field, &told)).response;
        if focus == Some(param.id) {
            ui.scroll_to_rect(row.rect.expand(24.0), Some(Align::Center));
            ui.memory_mut(|memory| memory.request_focus(field.id()));
        }
    };
    for param in usual {
        param_ui(ui, param);
    }
    if advanced.is_empty() {
        return;
    }
    // What is asked for or wrong must be seen.
    *is_more_open |=
        advanced.iter().any(|param| focus == Some(param.id) || !told(param).is_empty());
    sections::folded_ui(ui, tr("More options", "更多选项"), is_more_open, |ui| {
        for param in advanced {
            param_ui(ui, param);
        }
    });
}

/// The parameter that a diagnostic is about; one about a file is about the only parameter that names one.
pub(super) fn param_of<'a>(told: &'a NodeDiagnostic, spec: &'static NodeSpec) -> Option<&'a str> {
    let place = &told.trouble.details.place;
    if place.param.is_some() || place.path.is_none() {
        return place.param.as_deref();
    }
    let mut paths = spec.params.iter().filter(|param| matches!(param.kind, ParamKind::Path { .. }));
    let first = paths.next()?;
    paths.next().is_none().then_some(first.id)
}

fn row_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    drafts: &mut Drafts,
    field: &Field<'_>,
    told: &[&NodeDiagnostic],
) {
    let (is_wide, draw): (bool, FieldUi) = match field.param.kind {
        ParamKind::Bool { .. } => (false, choice::switch_ui),
        ParamKind::Int { .. } | ParamKind::Float { .. } => (false, number::number_ui),
        ParamKind::Choice { .. } => (false, choice::choice_ui),
        ParamKind::Text { has_lines: true, .. } => (true, text::lines_ui),
        ParamKind::Text { .. } => (false, text::text_ui),
        ParamKind::Path { .. } => (true, path::path_ui),
        ParamKind::Column { .. } => (false, column::column_ui),
        ParamKind::Columns { .. } => (false, columns::columns_ui),
        ParamKind::Ints { .. } => (false, numbers::numbers_ui),
    };
    if is_wide {
        label_ui(ui, cx, drafts, field, ui.available_width());
        draw(ui, cx, drafts, field);
    } else {
        let width = ui.available_width();
        // A switch is small: its label may be long.
        let labels = if let ParamKind::Bool { .. } = field.param.kind {
            width - choice::SWITCH
        } else {
            (width * LABELS).floor()
        };
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            label_ui(ui, cx, drafts, field, labels);
            ui.vertical(|ui| {
                ui.set_width(width - labels);
                ui.spacing_mut().item_spacing.y = 0.0;
                draw(ui, cx, drafts, field);
            });
        });
        if let ParamKind::Columns { .. } = field.param.kind {
            columns::chips_ui(ui, cx, field);
        }
    }
    if let Some(trouble) = drafts.trouble(field) {
        let expected = if trouble.details.expected.is_empty() {
            &trouble.details.found
        } else {
            &trouble.details.expected
        };
        let used = crate::canvas::value_text(field.param, field.value);
        let text = match lang() {
            Lang::En => format!("Expected: {}. Until then {used} is used.", expected.en),
            Lang::Zh => format!("应为：{}。在此之前仍使用 {used}。", expected.zh),
        };
        said_ui(ui, &text, tokens(ui).bad);
    }
    for told in told {
        told_ui(ui, cx, told);
    }
}

/// The label, its help, and how to go back to the default.
fn label_ui(ui: &mut Ui, cx: &mut Cx<'_>, drafts: &mut Drafts, field: &Field<'_>, width: f32) {
    let is_changed = *field.value != field.param.default_value() || drafts.trouble(field).is_some();
    let size = vec2(width, size::CONTROL);
    let is_narrow = width < ui.available_width();
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        ui.spacing_mut().item_spacing.x = 2.0;
        let color = tokens(ui).text;
        let room = if is_changed { 26.0 } else { 8.0 };
        let label = RichText::new(field.name()).color(color);
        let label = ui
            .scope(|ui| {
                ui.set_max_width(width - room);
                ui.add(if is_narrow {
                    Label::new(label).wrap()
                } else {
                    Label::new(label).truncate()
                })
            })
            .inner;
        let help = field.param.help.tr();
        if !help.is_empty() {
            label.on_hover_text(help);
        }
        if is_changed {
            reset_ui(ui, cx, drafts, field);
        }
    });
}

fn reset_ui(ui: &mut Ui, cx: &mut Cx<'_>, drafts: &mut Drafts, field: &Field<'_>) {
    // Not reached by Tab, which goes from field to field.
    let (rect, response) = ui.allocate_exact_size(egui::Vec2::splat(18.0), egui::Sense::CLICK);
    let default = crate::canvas::value_text(field.param, &field.param.default_value());
    let name = if default.is_empty() {
        tr("Back to empty", "清空").to_owned()
    } else {
        format!("{} {default}", tr("Back to the default:", "恢复默认值："))
    };
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{name} ({})", field.name()))
    });
    let tokens = tokens(ui);
    let color = if response.hovered() { tokens.strong } else { tokens.weak.gamma_multiply(0.7) };
    widgets::icon_at(ui, icons::ICON_UNDO, rect, 14.0, color);
    if response.on_hover_text(name).clicked() {
        drafts.forget(field);
        field.set(cx, field.param.default_value());
    }
}

/// What is wrong with a parameter, in words, and what mends it.
fn told_ui(ui: &mut Ui, cx: &mut Cx<'_>, told: &NodeDiagnostic) {
    let tokens = tokens(ui);
    let color = match told.severity {
        Severity::Error => tokens.bad,
        Severity::Warning => tokens.warning,
        Severity::Info => tokens.weak,
    };
    said_ui(ui, &widgets::sentence(told.trouble.details.found.tr()), color);
    let expected = &told.trouble.details.expected;
    if !expected.is_empty() {
        let text = format!("{}{}", tr("Expected: ", "应为："), expected.tr());
        said_ui(ui, &text, tokens.weak);
    }
    let advice = &told.trouble.details.advice;
    if !advice.is_empty() {
        said_ui(ui, advice.tr(), tokens.weak);
    }
    if let Some((label, edit)) = &told.fix
        && widgets::link(ui, label.tr()).clicked()
    {
        cx.edit(edit.clone(), label.clone());
    }
}

fn said_ui(ui: &mut Ui, text: &str, color: egui::Color32) {
    ui.add(Label::new(RichText::new(text).size(size::SMALL).color(color)).wrap());
}
