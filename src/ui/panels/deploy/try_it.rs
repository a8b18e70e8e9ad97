//! Try it: a form with the fields of a row, and the model's answer beside it after every change.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{self, Align, Context, Layout, RichText, ScrollArea, Ui, UiBuilder};
use egui_material_icons::icons;
use pg_base::Trouble;
use pg_data::TargetCodec;
use serde_json::Value as Json;

use super::fields::fields_ui;
use super::form::{Content, Form};
use super::learnt::Learnt;
use super::oracle::{About, Answer, Curve, Curves, Oracle, Question};
use super::outcome::{Background, outcome_ui, targets_ui};
use super::picture::Source;
use super::picture_field::PICTURES;
use super::strip::Look;
use super::words;
use crate::cx::Cx;
use crate::lang::tr;
use crate::theme::{size, tokens};
use crate::widgets;

/// Width of the answer.
const OUTCOME: std::ops::RangeInclusive<f32> = 220.0..=340.0;
/// An answer that takes longer than this steps back until the new one is there.
const STALE_AFTER: Duration = Duration::from_millis(250);

/// The form and the answer.
#[derive(Debug, Default)]
pub(in crate::panels) struct TryIt {
    form: Form,
    learnt: Learnt,
    /// Number of the newest question.
    asked: u64,
    asked_at: Option<Instant>,
    must_ask: bool,
    /// Names of the fields whose curves are being tried.
    probed: Vec<String>,
    /// One per target.
    answers: Vec<Answer>,
    /// Which target the form shows the effects on.
    target: usize,
    trouble: Option<Trouble>,
}

impl TryIt {
    /// Begins anew with another model. Values stay where the fields are the same, after training again for instance.
    pub(super) fn begin(&mut self, ctx: &Context, about: &About) {
        let inputs = about.inputs.as_deref().unwrap_or_default();
        let before = std::mem::take(&mut self.form);
        let is_same = before.fields.len() == inputs.len()
            && before.fields.iter().zip(inputs).all(|(field, input)| field.input == *input);
        let samples = about.model.sample_rows.clone();
        self.form = if is_same && !inputs.is_empty() {
            Form { samples, is_untouched: false, ..before }
        } else {
            Form::new(ctx, inputs, samples)
        };
        for field in &mut self.form.fields {
            (field.curve, field.trouble) = (Curve::new(), None);
            field.effects.clear();
        }
        self.learnt = Learnt::default();
        (self.answers, self.trouble, self.must_ask) = (Vec::new(), None, true);
        self.target = self.target.min(about.targets.len().saturating_sub(1));
    }

    /// Takes in what is known of the training rows.
    pub(super) fn learn(&mut self, learnt: Learnt) {
        self.form.learn(&learnt);
        self.learnt = learnt;
        self.must_ask = true;
    }

    /// Takes in the answers of all targets.
    pub(super) fn answered(&mut self, id: u64, answers: Result<Vec<Answer>, Vec<Trouble>>) {
        if id != self.asked {
            return;
        }
        self.asked_at = None;
        match answers {
            Ok(answers) => {
                self.form.forgive();
                (self.answers, self.trouble) = (answers, None);
            }
            Err(troubles) => {
                (self.answers, self.trouble) = (Vec::new(), self.form.tell(troubles));
                for field in &mut self.form.fields {
                    field.effects.clear();
                }
            }
        }
    }

    /// Takes in what other values of a field give.
    pub(super) fn probed(&mut self, id: u64, name: &str, curves: Curves) {
        if id != self.asked {
            return;
        }
        let target = self.target;
        let of_target = |answers: Option<Vec<Answer>>| answers?.into_iter().nth(target);
        let curve: Curve = curves.into_iter().map(of_target).collect();
        if let Some(field) =
            self.form.fields.iter_mut().find(|field| field.input.column.name == name)
        {
            if let (Content::Text(_), Some(answer)) = (&field.content, self.answers.get(target)) {
                let span = self.learnt.target(target);
                field.effects = words::effects(&field.tried_text, answer, &curve, span);
            }
            field.curve = curve;
        }
    }

    /// Reads a picture into a field; into the first picture field where none is named.
    pub(super) fn take_picture(&mut self, ctx: &Context, index: Option<usize>, path: PathBuf) {
        let fields = self.form.fields.iter_mut().enumerate();
        for (at, field) in fields {
            if let Content::Picture(picture) = &mut field.content
                && index.is_none_or(|index| index == at)
            {
                picture.pad = None;
                picture.load(ctx, &field.input, Source::File(path));
                self.form.is_untouched = false;
                return;
            }
        }
    }

    /// Whether a dropped file is for a field of the form.
    pub(super) fn takes(&self, path: &std::path::Path) -> bool {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        self.form.has_picture() && ending.is_some_and(|ending| PICTURES.contains(&ending.as_str()))
    }

    /// The row as an example for a program; `picture` stands for pictures. None before a model is open.
    pub(super) fn example(&self, picture: &str) -> Option<serde_json::Map<String, Json>> {
        (!self.form.fields.is_empty()).then(|| self.form.example(picture))
    }

    /// How answers of the chosen target are painted.
    fn look<'a>(&self, about: &'a About) -> Look<'a> {
        let codec = about.model.encoder.targets.get(self.target);
        let best = match self.answers.get(self.target) {
            Some(Answer::Class { best, .. }) => *best,
            _ => 0,
        };
        let classes = codec.map_or(&[][..], TargetCodec::class_names);
        Look { classes, best, target: self.learnt.target(self.target) }
    }

    /// Whether rows hold pictures.
    pub(super) fn has_picture(&self) -> bool {
        self.form.has_picture()
    }

    /// Asks the model where something changed.
    fn ask(&mut self, oracle: &Oracle) {
        self.must_ask |= self.form.poll();
        let visible = || {
            let fields = self.form.fields.iter().filter(|field| field.is_visible);
            fields.map(|field| field.input.column.name.clone()).collect::<Vec<_>>()
        };
        let now_visible = visible();
        // Fields that came into view want their curves too.
        self.must_ask |= now_visible.iter().any(|name| !self.probed.contains(name));
        if !std::mem::take(&mut self.must_ask) {
            return;
        }
        self.probed = now_visible;
        let Some(row) = self.form.row() else {
            self.answers = Vec::new();
            return;
        };
        self.asked += 1;
        self.asked_at = Some(Instant::now());
        oracle.ask(Question { id: self.asked, row, probes: self.form.probes() });
    }
}

/// Draws the section.
pub(super) fn try_it_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut TryIt,
    about: &Arc<About>,
    oracle: &Oracle,
) {
    if let Err(trouble) = &about.inputs {
        widgets::notice_ui(ui, false, |ui| {
            widgets::trouble_ui(ui, trouble);
            widgets::weak(
                ui,
                tr("Whole files can still be predicted.", "仍可对整个文件进行预测。"),
            );
        });
        return;
    }
    let whole = ui.available_rect_before_wrap();
    let outcome_width = (whole.width() * 0.32).clamp(*OUTCOME.start(), *OUTCOME.end());
    let (form_rect, outcome_rect) = whole.split_left_right_at_x(whole.right() - outcome_width);
    let look = state.look(about);
    let mut form_ui = ui.new_child(
        UiBuilder::new()
            .max_rect(form_rect.with_max_x(form_rect.right() - 20.0))
            .layout(Layout::top_down(Align::Min)),
    );
    samples_ui(&mut form_ui, state);
    ScrollArea::vertical().id_salt("deploy-form").auto_shrink(false).show(&mut form_ui, |ui| {
        ui.set_width(ui.available_width() - 8.0);
        ui.add_space(2.0);
        if fields_ui(ui, cx, &mut state.form.fields, look) {
            state.must_ask = true;
            state.form.is_untouched = false;
        }
    });
    state.ask(oracle);
    let mut answer_ui =
        ui.new_child(UiBuilder::new().max_rect(outcome_rect).layout(Layout::top_down(Align::Min)));
    let card = widgets::card_frame(ui);
    // The margin of the card stays free below its content.
    let bottom = outcome_rect.bottom() - card.inner_margin.bottomf();
    card.show(&mut answer_ui, |ui| {
        ui.set_width(ui.available_width());
        ScrollArea::vertical()
            .id_salt("deploy-answer")
            .show(ui, |ui| answer_card_ui(ui, state, about, bottom));
    });
    ui.advance_cursor_after_rect(whole);
}

/// Which sample row the form began with, and the ways to another one.
fn samples_ui(ui: &mut Ui, state: &mut TryIt) {
    let n_samples = state.form.samples.len();
    let ctx = ui.ctx().clone();
    ui.horizontal(|ui| {
        let color = tokens(ui).weak;
        if n_samples == 0 {
            ui.label(RichText::new(tr("Fill in the fields.", "请填写各项。")).color(color));
            return;
        }
        let number = state.form.sample + 1;
        let text = if state.form.is_untouched {
            format!("{} {number} / {n_samples}", tr("Sample row", "样本行"))
        } else {
            format!("{} {number} / {n_samples}", tr("Changed from sample row", "由样本行修改而来"))
        };
        ui.label(RichText::new(text).color(color));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.add_space(8.0);
            let n_further = if widgets::button(
                ui,
                Some(icons::ICON_SKIP_NEXT),
                tr("Next sample", "下一个样本"),
            )
            .clicked()
            {
                Some(1)
            } else if widgets::icon_button(
                ui,
                icons::ICON_SKIP_PREVIOUS,
                tr("Previous sample", "上一个样本"),
            )
            .clicked()
            {
                Some(-1)
            } else if !state.form.is_untouched
                && widgets::icon_button(
                    ui,
                    icons::ICON_RESTART_ALT,
                    tr("Back to the sample row", "恢复为样本行"),
                )
                .clicked()
            {
                Some(0)
            } else {
                None
            };
            if let Some(n_further) = n_further {
                state.form.go(&ctx, n_further);
                state.must_ask = true;
            }
        });
    });
    ui.add_space(2.0);
}

fn answer_card_ui(ui: &mut Ui, state: &mut TryIt, about: &About, bottom: f32) {
    ui.horizontal(|ui| {
        widgets::section_label(ui, tr("Prediction", "预测结果"));
        let color = tokens(ui).weak;
        let target = about.targets.get(state.target).map_or("", String::as_str);
        widgets::truncated(ui, RichText::new(target).size(size::SMALL).color(color));
    });
    if let Some(asked_at) = state.asked_at {
        let left = STALE_AFTER.saturating_sub(asked_at.elapsed());
        if left.is_zero() {
            ui.set_opacity(0.5);
        } else {
            ui.ctx().request_repaint_after(left);
        }
    }
    if let Some(trouble) = &state.trouble {
        ui.add_space(4.0);
        widgets::trouble_ui(ui, trouble);
        return;
    }
    if state.answers.len() > 1
        && let Some(chosen) = targets_ui(ui, &about.targets, &state.answers, state.target)
    {
        // The curves are those of another target now.
        (state.target, state.must_ask) = (chosen, true);
    }
    match state.answers.get(state.target) {
        Some(answer) => {
            let codec = about.model.encoder.targets.get(state.target);
            let target = codec.map_or("", TargetCodec::column);
            let truth = state.form.in_sample(target).filter(|_| state.form.is_untouched);
            let typical = match codec {
                Some(TargetCodec::Number { mean, .. }) => Some(*mean),
                _ => None,
            };
            let background = Background { target, truth: truth.as_deref(), typical, bottom };
            outcome_ui(ui, answer, state.look(about), background);
        }
        None if state.form.fields.iter().any(|field| field.trouble.is_some()) => {
            ui.add_space(4.0);
            let color = tokens(ui).weak;
            let text = tr("Correct the marked field first.", "请先更正标出的字段。");
            ui.add(egui::Label::new(RichText::new(text).color(color)).wrap());
        }
        None if state.form.row().is_none() => {
            ui.add_space(4.0);
            let text = tr("Choose a picture.", "请选择图片。");
            widgets::weak(ui, text);
        }
        None => {
            ui.add_space(8.0);
            ui.spinner();
        }
    }
}
