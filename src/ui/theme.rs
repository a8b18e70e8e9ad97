//! Colours, sizes and fonts: the only place where they are written down.
//!
//! Two tables of the same tokens, dark and light; everything drawn takes its colours from [`tokens`].

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow,
    Stroke, Style, TextStyle, Theme, Ui, Vec2, Visuals, epaint::text::FontPriority, vec2,
};
use pg_contract::{PortType, Stage};

/// Sizes in points.
pub mod size {
    /// Height of the bar with menus and the run button.
    pub const TOP_BAR: f32 = 44.0;
    /// Height of the line at the bottom of the window.
    pub const STATUS_BAR: f32 = 26.0;
    /// Margin inside panels.
    pub const PANEL_PADDING: f32 = 16.0;
    /// Height of a row in lists.
    pub const ROW: f32 = 26.0;
    /// Height of a row in tables of values.
    pub const TABLE_ROW: f32 = 24.0;
    /// Height of buttons and fields.
    pub const CONTROL: f32 = 28.0;
    /// Text of rows, labels and fields.
    pub const BODY: f32 = 13.0;
    /// Text of hints, units and badges.
    pub const SMALL: f32 = 11.5;
    /// Titles of panels.
    pub const HEADING: f32 = 16.0;
    /// Large numbers on metric cards.
    pub const DISPLAY: f32 = 24.0;
    /// Corners of fields and buttons.
    pub const RADIUS: u8 = 5;
    /// Corners of cards.
    pub const CARD_RADIUS: u8 = 8;
    /// Step of the canvas grid.
    pub const GRID: f32 = 24.0;
    /// Icons in rows and buttons.
    pub const ICON: f32 = 16.0;
}

/// The colours of one theme.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Behind the canvas.
    pub canvas: Color32,
    /// Dots of the canvas grid.
    pub grid: Color32,
    /// Panels and bars.
    pub panel: Color32,
    /// Cards, nodes and tables.
    pub card: Color32,
    /// Fields.
    pub field: Color32,
    /// Rows and buttons under the pointer.
    pub hover: Color32,
    /// Chosen rows.
    pub selected: Color32,
    /// Hairlines between and around things.
    pub border: Color32,
    /// Titles and values that matter.
    pub strong: Color32,
    /// Text.
    pub text: Color32,
    /// Labels, units and hints.
    pub weak: Color32,
    /// The one accent: selection, focus, the primary button.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Done.
    pub good: Color32,
    /// To be looked at.
    pub warning: Color32,
    /// Failed.
    pub bad: Color32,
    /// Behind a warning.
    pub warning_fill: Color32,
    /// Behind a failure.
    pub bad_fill: Color32,
    /// Stages in the order of [`Stage::ALL`].
    pub stages: [Color32; 7],
    /// Series of a plot: told apart by people who see few colours (after Okabe and Ito).
    pub series: [Color32; 8],
    /// Low to high for heat maps.
    pub heat: [Color32; 2],
    /// Series that have a colour of their own; none in the themes themselves.
    pub given: BTreeMap<usize, Color32>,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

static DARK: Tokens = Tokens {
    canvas: rgb(0x0c0c0e),
    grid: rgb(0x1f2126),
    panel: rgb(0x141519),
    card: rgb(0x1c1e23),
    field: rgb(0x1f2227),
    hover: rgb(0x272a31),
    selected: rgb(0x26324d),
    border: rgb(0x2b2e35),
    strong: rgb(0xf1f2f4),
    text: rgb(0xcfd2d8),
    weak: rgb(0x8b919b),
    accent: rgb(0x5b8cff),
    on_accent: rgb(0xffffff),
    good: rgb(0x4cb782),
    warning: rgb(0xe5b95c),
    bad: rgb(0xf2706b),
    warning_fill: rgb(0x26221a),
    bad_fill: rgb(0x2b1c1d),
    stages: [
        rgb(0x4fb3bf),
        rgb(0x7cc47f),
        rgb(0xc9b04f),
        rgb(0xb07cff),
        rgb(0xff8a5c),
        rgb(0xff6b8f),
        rgb(0x5b8cff),
    ],
    series: [
        rgb(0xff8a5c),
        rgb(0x5b8cff),
        rgb(0x4cb782),
        rgb(0xe5b95c),
        rgb(0xb07cff),
        rgb(0x56c2e6),
        rgb(0xf2709c),
        rgb(0x9aa3af),
    ],
    heat: [rgb(0x1c1e23), rgb(0x5b8cff)],
    given: BTreeMap::new(),
};

static LIGHT: Tokens = Tokens {
    canvas: rgb(0xf3f4f6),
    grid: rgb(0xd9dce1),
    panel: rgb(0xfbfbfc),
    card: rgb(0xffffff),
    field: rgb(0xf1f2f4),
    hover: rgb(0xe8eaee),
    selected: rgb(0xdbe6ff),
    border: rgb(0xdcdfe4),
    strong: rgb(0x14161a),
    text: rgb(0x33373e),
    weak: rgb(0x646b76),
    accent: rgb(0x2f62e0),
    on_accent: rgb(0xffffff),
    good: rgb(0x1a7f4e),
    warning: rgb(0x8f6400),
    bad: rgb(0xc0362f),
    warning_fill: rgb(0xfff7e3),
    bad_fill: rgb(0xfdecea),
    stages: [
        rgb(0x1d8694),
        rgb(0x3b8f40),
        rgb(0x927a12),
        rgb(0x8145e0),
        rgb(0xd65a25),
        rgb(0xd13a62),
        rgb(0x2f62e0),
    ],
    series: [
        rgb(0xd65a25),
        rgb(0x2f62e0),
        rgb(0x1a7f4e),
        rgb(0xa87a00),
        rgb(0x8145e0),
        rgb(0x1583ab),
        rgb(0xc43a70),
        rgb(0x646b76),
    ],
    heat: [rgb(0xffffff), rgb(0x2f62e0)],
    given: BTreeMap::new(),
};

/// The colours of the theme that the window has now.
pub fn tokens(ui: &Ui) -> &'static Tokens {
    of(ui.visuals().dark_mode)
}

/// The colours of a theme.
pub fn of(is_dark: bool) -> &'static Tokens {
    if is_dark { &DARK } else { &LIGHT }
}

impl Tokens {
    /// The colour of a stage.
    pub fn stage(&self, stage: Stage) -> Color32 {
        let index = Stage::ALL.iter().position(|other| *other == stage).unwrap_or_default();
        self.stages.get(index).copied().unwrap_or(self.accent)
    }

    /// The colour of a port.
    pub fn port(&self, port_type: PortType) -> Color32 {
        self.stage(match port_type {
            PortType::Table => Stage::Data,
            PortType::Network => Stage::Model,
            PortType::Model => Stage::Train,
            PortType::Report => Stage::Evaluate,
            PortType::Bundle => Stage::Deploy,
        })
    }

    /// The colour of the series with this number; they repeat after eight.
    pub fn series(&self, index: usize) -> Color32 {
        let usual = || self.series.get(index % self.series.len()).copied();
        self.given.get(&index).copied().or_else(usual).unwrap_or(self.accent)
    }

    /// A colour between low (0) and high (1) of a heat map.
    pub fn heat(&self, fraction: f32) -> Color32 {
        let [low, high] = self.heat;
        low.lerp_to_gamma(high, fraction.clamp(0.0, 1.0))
    }
}

/// A colour of the person's own, as red, green and blue.
pub fn own([red, green, blue]: [u8; 3]) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// Text that can be read on a filling of any colour.
pub fn on_fill(fill: Color32) -> Color32 {
    // Relative luminance after the W3C.
    let [red, green, blue, _] = eframe::egui::Rgba::from(fill).to_array();
    let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    if luminance > 0.3 { rgb(0x161616) } else { rgb(0xf4f4f4) }
}

/// Family of the bold weight.
pub fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// Text of a size in the bold weight.
pub fn bold(size: f32) -> FontId {
    FontId::new(size, semibold())
}

/// Text of a size.
pub fn regular(size: f32) -> FontId {
    FontId::proportional(size)
}

/// Installs fonts and both themes.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, style(theme));
    }
}

/// Inter for text, Material Symbols for actions; other scripts come from the system's fonts.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let inter = |bytes: &'static [u8]| Arc::new(FontData::from_static(bytes));
    fonts.font_data.insert(
        "inter".to_owned(),
        inter(include_bytes!("../../resources/fonts/Inter-Regular.otf")),
    );
    fonts.font_data.insert(
        "inter-semibold".to_owned(),
        inter(include_bytes!("../../resources/fonts/Inter-SemiBold.otf")),
    );
    let icons = egui_material_icons::font_insert();
    fonts.font_data.insert(icons.name.clone(), Arc::new(icons.data));
    for family in icons.families {
        let names = fonts.families.entry(family.family).or_default();
        match family.priority {
            FontPriority::Highest => names.insert(0, icons.name.clone()),
            FontPriority::Lowest => names.push(icons.name.clone()),
        }
    }
    let proportional = fonts.families.entry(FontFamily::Proportional).or_default();
    proportional.insert(0, "inter".to_owned());
    let mut semibold_names = proportional.clone();
    semibold_names.insert(0, "inter-semibold".to_owned());
    fonts.families.insert(semibold(), semibold_names);
    fonts
}

fn style(theme: Theme) -> Style {
    let is_dark = theme == Theme::Dark;
    let tokens = of(is_dark);
    let mut style = Style { visuals: visuals(is_dark, tokens), ..Style::default() };
    style.text_styles = BTreeMap::from([
        (TextStyle::Small, regular(size::SMALL)),
        (TextStyle::Body, regular(size::BODY)),
        (TextStyle::Button, regular(size::BODY)),
        (TextStyle::Heading, bold(size::HEADING)),
        (TextStyle::Monospace, FontId::monospace(size::BODY)),
    ]);
    style.animation_time = 0.12;
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 6.0);
    spacing.button_padding = vec2(10.0, 4.0);
    spacing.interact_size = Vec2::new(32.0, size::CONTROL);
    spacing.menu_margin = Margin::same(6);
    spacing.menu_spacing = 1.0;
    spacing.window_margin = Margin::same(16);
    spacing.indent = 14.0;
    spacing.icon_spacing = 6.0;
    spacing.tooltip_width = 360.0;
    spacing.combo_height = 320.0;
    spacing.scroll.bar_width = 7.0;
    spacing.scroll.floating = true;
    style.interaction.tooltip_delay = 0.35;
    style
}

fn visuals(is_dark: bool, tokens: &Tokens) -> Visuals {
    let mut visuals = if is_dark { Visuals::dark() } else { Visuals::light() };
    visuals.weak_text_color = Some(tokens.weak);
    visuals.hyperlink_color = tokens.accent;
    visuals.faint_bg_color = tokens.card;
    visuals.extreme_bg_color = tokens.field;
    visuals.text_edit_bg_color = Some(tokens.field);
    visuals.code_bg_color = tokens.field;
    visuals.warn_fg_color = tokens.warning;
    visuals.error_fg_color = tokens.bad;
    visuals.panel_fill = tokens.panel;
    visuals.window_fill = tokens.panel;
    visuals.window_stroke = Stroke::new(1.0, tokens.border);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    let shadow = |blur, alpha| Shadow {
        offset: [0, 12],
        blur,
        spread: 0,
        color: Color32::from_black_alpha(alpha),
    };
    visuals.window_shadow = shadow(48, if is_dark { 140 } else { 50 });
    visuals.popup_shadow = shadow(28, if is_dark { 120 } else { 40 });
    visuals.selection.bg_fill = tokens.selected;
    visuals.selection.stroke = Stroke::new(1.0, tokens.accent);
    visuals.indent_has_left_vline = false;
    visuals.striped = false;
    visuals.slider_trailing_fill = true;
    visuals.image_loading_spinners = false;
    let widgets = &mut visuals.widgets;
    let radius = CornerRadius::same(size::RADIUS);
    let edge = Stroke::new(1.0, tokens.border);
    for (widget, fill, text) in [
        (&mut widgets.noninteractive, tokens.panel, tokens.text),
        (&mut widgets.inactive, tokens.field, tokens.text),
        (&mut widgets.hovered, tokens.hover, tokens.strong),
        (&mut widgets.active, tokens.hover, tokens.strong),
        (&mut widgets.open, tokens.hover, tokens.strong),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = edge;
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
    visuals
}
