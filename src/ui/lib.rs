//! Floor 7: the window: a canvas, a form and panels over the session. Only this crate knows egui.
//!
//! Invariants: no node kind is named here, everything derives from records; drawing never blocks and never changes the
//! session (see [`cx`]); texts stand in both languages where they are used; colours and sizes stand in [`theme`].

pub mod actions;
pub mod app;
pub mod canvas;
pub mod classes;
pub mod cx;
pub mod dialogs;
pub mod figure;
pub mod files;
pub mod icons;
pub mod inspector;
pub mod lang;
pub mod library;
pub mod names;
pub mod panels;
pub mod settings;
pub mod tasks;
pub mod theme;
pub mod toasts;
mod top_bar;
pub mod values;
pub mod when;
pub mod widgets;
pub mod writes;

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui;
use pg_base::{Trouble, say};
use pg_session::Core;

pub use app::{App, AppOptions};

/// Opens the window and stays until it is closed.
pub fn run(core: Core, project: Option<PathBuf>) -> Result<(), Trouble> {
    let options = AppOptions { project, ..AppOptions::default() };
    let settings = &options.settings;
    let size = settings.window.unwrap_or([1440.0, 900.0]);
    let renderer = match settings.renderer {
        settings::RendererChoice::Auto if wants_glow() => eframe::Renderer::Glow,
        settings::RendererChoice::Auto => eframe::Renderer::Wgpu,
        settings::RendererChoice::Glow => eframe::Renderer::Glow,
    };
    let core = Arc::new(core);
    let open = |renderer| {
        let viewport = egui::ViewportBuilder::default()
            .with_title("Pyrograph")
            .with_app_id("pyrograph")
            .with_icon(icons::window_icon())
            .with_inner_size(size)
            .with_min_inner_size([960.0, 600.0]);
        let native =
            eframe::NativeOptions { viewport, renderer, ..eframe::NativeOptions::default() };
        let (core, options) = (Arc::clone(&core), options.clone());
        eframe::run_native(
            "pyrograph",
            native,
            Box::new(move |cx| Ok(Box::new(App::new(&cx.egui_ctx, core, options)?))),
        )
    };
    let opened = match open(renderer) {
        Err(error) if renderer == eframe::Renderer::Wgpu => {
            tracing::warn!(%error, "the window cannot be drawn by wgpu; OpenGL is tried");
            open(eframe::Renderer::Glow)
        }
        other => other,
    };
    opened.map_err(|error| {
        Trouble::new(
            "window-unavailable",
            say!("the window cannot be opened: {error}", "无法打开窗口：{error}"),
        )
        .expected(say!(
            "a display (X11 or Wayland) and OpenGL or Vulkan",
            "显示环境（X11 或 Wayland）以及 OpenGL 或 Vulkan"
        ))
        .advice(say!(
            "`pyrograph help` lists what can be done without a window.",
            "`pyrograph help` 列出了无需窗口即可使用的功能。"
        ))
    })
}

/// Whether the environment asks for OpenGL.
fn wants_glow() -> bool {
    std::env::var("PYROGRAPH_RENDERER").is_ok_and(|renderer| renderer == "glow")
}
