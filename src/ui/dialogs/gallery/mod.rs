//! Starter graphs with a picture of what each of them does, and the road from a card to a project: with the sample that
//! comes along, or with the person's own data.

mod card;
mod own_data;
mod paint;
mod picture;
mod samples;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use eframe::egui::{Context, TextureHandle, TextureOptions, Ui, vec2};
use egui_material_icons::icons;
use pg_base::say;
use pg_contract::Registry;
use pg_pipeline::Document;
use pg_session::templates::{self, Made, Template};

use crate::cx::Cx;
use crate::dialogs::projects::{begin, guarded, sources};
use crate::dialogs::sheet::{Sheet, buttons_ui, room_for_scrolling, scroll_ui};
use crate::files::{self, Pick, PickKind};
use crate::lang::{Tr, tr};
use crate::tasks::Task;
use crate::widgets;
use card::{card_ui, wants_folder};
use own_data::OwnData;
use picture::{Picture, Scene};

/// Points between cards.
const GAP: f32 = 16.0;
/// Narrowest card.
const MIN_CARD: f32 = 232.0;
/// Cards beside each other, at most.
const MAX_ACROSS: usize = 4;

/// Pictures, and a project in the making.
#[derive(Debug, Default)]
pub(crate) struct Gallery {
    shown: BTreeMap<&'static str, Shown>,
    /// Templates whose picture was begun, and the one that is being made.
    n_begun: usize,
    drawing: Option<(&'static str, Task<Picture>)>,
    /// Data that is there already: it was dropped, and waits for what to do with it.
    data: Option<PathBuf>,
    /// Whether that is a folder.
    is_folder: Option<bool>,
    looking: Option<Task<bool>>,
    /// A project that is being made of a sample.
    starting: Option<(&'static Template, Task<Made>)>,
    own: Option<OwnData>,
    /// The next project that is opened has to be an empty canvas, without the welcome.
    pub(crate) wants_empty: bool,
    /// The next project that is opened was made from a sample.
    pub(crate) wants_tour: bool,
}

/// A picture on the screen.
struct Shown {
    picture: Picture,
    textures: Vec<TextureHandle>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("n_textures", &self.textures.len()).finish_non_exhaustive()
    }
}

/// What a person asked for on a card or beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wish {
    /// This template with its sample.
    Sample(&'static Template),
    /// This template with other data.
    Own(&'static Template),
    /// No template.
    Empty,
}

impl Gallery {
    /// Begins with data that is there.
    pub(crate) fn use_data(&mut self, ctx: &Context, path: PathBuf) {
        self.is_folder = None;
        self.looking = Some(Task::spawn(ctx, {
            let path = path.clone();
            move |_| Ok(path.is_dir())
        }));
        self.data = Some(path);
    }

    /// Whether a dialog of the flow stands in front of everything.
    pub(crate) fn is_asking(&self) -> bool {
        self.own.is_some()
    }

    /// Whether a project is being made.
    pub(crate) fn is_busy(&self) -> bool {
        self.starting.is_some()
    }

    /// Draws pictures that are missing, one after the other.
    fn poll_pictures(&mut self, ctx: &Context, registry: &Registry) {
        if let Some(answer) = self.drawing.as_mut().and_then(|(_, task)| task.poll())
            && let Some((id, _)) = self.drawing.take()
        {
            let picture = answer.unwrap_or(Picture { scene: Scene::Plain, stages: Vec::new() });
            let textures = match &picture.scene {
                Scene::Pictures(images) => images
                    .iter()
                    .map(|image| ctx.load_texture(id, image.clone(), TextureOptions::NEAREST))
                    .collect(),
                _ => Vec::new(),
            };
            self.shown.insert(id, Shown { picture, textures });
        }
        if self.drawing.is_none()
            && let Some(template) = templates::ALL.get(self.n_begun)
        {
            self.n_begun += 1;
            let registry = registry.clone();
            let task = Task::spawn(ctx, move |_| picture::of(template, &registry));
            self.drawing = Some((template.id, task));
        }
        if let Some(answer) = self.looking.as_mut().and_then(Task::poll) {
            self.looking = None;
            self.is_folder = answer.ok();
        }
    }
}

/// The cards, in as many rows as they need; gives what was asked for. `has_data` where they are for data that waits.
pub(crate) fn cards_ui(ui: &mut Ui, cx: &mut Cx<'_>, has_data: bool) -> Option<Wish> {
    let registry = cx.session.core().registry();
    cx.view.dialogs.gallery.poll_pictures(cx.egui, registry);
    let gallery = &cx.view.dialogs.gallery;
    let width = ui.available_width();
    let n_fitting = ((width + GAP) / (MIN_CARD + GAP)).floor() as usize;
    let n_fitting = n_fitting.clamp(1, MAX_ACROSS);
    // Rows of about the same length: no card stands alone.
    let n_rows = templates::ALL.len().div_ceil(n_fitting).max(1);
    let n_across = templates::ALL.len().div_ceil(n_rows).max(1);
    let card_width = ((width - GAP * (n_across - 1) as f32) / n_across as f32).floor();
    let mut wish = None;
    for row in templates::ALL.chunks(n_across) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = vec2(GAP, 0.0);
            for template in row {
                let shown = gallery.shown.get(template.id);
                wish = wish.take().or(card_ui(ui, card_width, template, shown, gallery, has_data));
            }
        });
        ui.add_space(GAP - ui.spacing().item_spacing.y);
    }
    wish
}

/// The gallery as a dialog; false once it has to go.
pub(crate) fn dialog_ui(ctx: &Context, cx: &mut Cx<'_>) -> bool {
    let data = cx.view.dialogs.gallery.data.clone();
    let title = match &data {
        Some(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            say!("What do you want to do with “{name}”?", "您想用“{name}”做什么？")
        }
        None => say!("What do you want to do?", "您想做什么？"),
    };
    let subtitle = tr(
        "Choose where to start; everything can be changed later.",
        "选择一个起点，之后都可以修改。",
    );
    let sheet = Sheet::new("gallery", title.tr(), 1040.0).subtitle(subtitle);
    let (wish, is_dismissed) = sheet.show(ctx, |ui, _| {
        let height = room_for_scrolling(ui, 64.0);
        let mut wish = None;
        scroll_ui(ui, height, |ui| {
            wish = cards_ui(ui, cx, data.is_some());
        });
        buttons_ui(ui, |ui| {
            let empty = widgets::button(ui, Some(icons::ICON_ADD), tr("Empty canvas", "空白画布"));
            wish.or(empty.clicked().then_some(Wish::Empty))
        })
    });
    if let Some(wish) = wish {
        obey(cx, wish);
    }
    if is_dismissed {
        cx.view.dialogs.gallery.data = None;
    }
    // With own data, the gallery stays behind the next question: closing that one leads back.
    !is_dismissed && !matches!(wish, Some(Wish::Empty))
}

/// Does what was asked for on a card.
pub(crate) fn obey(cx: &mut Cx<'_>, wish: Wish) {
    match wish {
        Wish::Empty => guarded(cx, |cx| {
            cx.view.dialogs.gallery.wants_empty = true;
            create(cx, Document::new(""));
        }),
        Wish::Sample(template) => {
            let registry = cx.session.core().registry().clone();
            let task = Task::spawn(cx.egui, move |_| {
                let data = samples::at_hand(template.sample)?;
                templates::make(&registry, template.id, &data, None, &project_for(&data))
            });
            cx.view.dialogs.gallery.starting = Some((template, task));
        }
        Wish::Own(template) => match cx.view.dialogs.gallery.data.clone() {
            Some(data) => begin_own(cx, template, data),
            None => pick_data(cx, template),
        },
    }
}

/// Goes on with what is being made, and draws the question for the target.
pub(crate) fn show(ctx: &Context, cx: &mut Cx<'_>) {
    if let Some((template, mut task)) = cx.view.dialogs.gallery.starting.take() {
        match task.poll() {
            None => cx.view.dialogs.gallery.starting = Some((template, task)),
            Some(Err(trouble)) => cx.trouble(&trouble),
            Some(Ok(made)) => guarded(cx, |cx| {
                cx.view.dialogs.gallery.wants_tour = true;
                create(cx, made.document);
            }),
        }
    }
    let Some(mut own) = cx.view.dialogs.gallery.own.take() else { return };
    match own_data::show(ctx, cx, &mut own) {
        own_data::Outcome::Open => cx.view.dialogs.gallery.own = Some(own),
        own_data::Outcome::Cancelled => {}
        own_data::Outcome::Made(document, said) => guarded(cx, move |cx| {
            create(cx, *document);
            for words in said {
                cx.view.toasts.say(words);
            }
        }),
    }
}

/// Begins the project and lets the dialogs go.
fn create(cx: &mut Cx<'_>, document: Document) {
    cx.view.dialogs.gallery.data = None;
    cx.view.dialogs.close();
    begin(cx, document);
}

fn begin_own(cx: &mut Cx<'_>, template: &'static Template, data: PathBuf) {
    let registry = cx.session.core().registry().clone();
    cx.view.dialogs.gallery.own = Some(OwnData::new(cx.egui, registry, template, data));
}

fn pick_data(cx: &mut Cx<'_>, template: &'static Template) {
    let (en, zh) = (template.text.title.en, template.text.title.zh);
    let title = say!("Data for “{en}”", "用于“{zh}”的数据");
    let pick = Pick {
        title: title.tr().to_owned(),
        kind: if wants_folder(template) { PickKind::Folder } else { PickKind::Open },
        filter: (!wants_folder(template)).then(|| {
            (tr("Data files", "数据文件").to_owned(), extensions(cx.session.core().registry()))
        }),
        ..Pick::default()
    };
    cx.view.files.pick(cx.egui, pick, move |cx, path| begin_own(cx, template, path));
}

/// Everything that some source reads from one file.
fn extensions(registry: &Registry) -> Vec<String> {
    let files = sources(registry).into_iter().filter(|source| !source.is_folder);
    let mut all: Vec<String> = files
        .flat_map(|source| source.extensions)
        .map(|extension| (*extension).to_owned())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Where a project of this data would be saved; its name is that of the data.
fn project_for(data: &Path) -> PathBuf {
    let stem = data.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    own_folder().join(format!("{stem}.pyro"))
}

/// The folder that paths of a project without a file start from.
fn own_folder() -> PathBuf {
    files::documents_folder().unwrap_or_else(std::env::temp_dir)
}
