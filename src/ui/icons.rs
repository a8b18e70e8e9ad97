//! Pictograms of node kinds, drawn by us as SVG and found by the id of the kind, and the mark of the program.
//!
//! Pictograms are kept white and tinted when painted; each is drawn once per size in pixels, so that it is crisp at any
//! scale.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui::{
    Color32, ColorImage, Context, IconData, Id, Rect, TextureHandle, TextureId, TextureOptions, Ui,
    Vec2, emath::GuiRounding as _, pos2,
};
use pg_contract::Stage;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

include!(concat!(env!("OUT_DIR"), "/pictograms.rs"));

const MARK: &str = include_str!("../../resources/icons/pyrograph.svg");
/// Side of the window's icon in pixels.
const WINDOW_ICON: u32 = 256;
/// Textures kept; those not painted for longest go first.
const MAX_TEXTURES: usize = 512;
/// Largest side in pixels.
const MAX_SIDE: u32 = 1024;
/// Up to this side every size is drawn for itself; larger ones come in steps, so that a zoom does not draw all anew.
const EXACT_UP_TO: u32 = 40;
const STEP: u32 = 8;

/// The icon of the window.
pub fn window_icon() -> IconData {
    draw(MARK, WINDOW_ICON).map_or_else(IconData::default, |pixmap| IconData {
        rgba: pixmap.take_demultiplied(),
        width: WINDOW_ICON,
        height: WINDOW_ICON,
    })
}

/// Paints the mark of the program in its own colours.
pub fn mark_ui(ui: &Ui, rect: Rect) {
    let texture = texture(ui.ctx(), MARK, rect.width());
    paint(ui, texture, rect, Color32::WHITE);
}

/// Paints the pictogram of a kind in a colour; a kind without one has that of its stage.
pub fn kind_icon_ui(ui: &Ui, kind_id: &str, stage: Stage, rect: Rect, color: Color32) {
    let texture = kind_texture(ui.ctx(), kind_id, stage, rect.width());
    paint(ui, texture, rect, color);
}

/// The pictogram of a kind as a white texture for a square of this side; cheap from the second call on.
pub fn kind_texture(ctx: &Context, kind_id: &str, stage: Stage, size_points: f32) -> TextureId {
    texture(ctx, svg_of(kind_id, stage), size_points)
}

fn svg_of(kind_id: &str, stage: Stage) -> &'static str {
    find(KINDS, kind_id).or_else(|| find(STAGES, stage.id())).unwrap_or_default()
}

fn find(table: &[(&str, &'static str)], id: &str) -> Option<&'static str> {
    let index = table.binary_search_by_key(&id, |(id, _)| id).ok()?;
    table.get(index).map(|(_, svg)| *svg)
}

/// Aligned to whole pixels: between them every line would be grey.
fn paint(ui: &Ui, texture: TextureId, rect: Rect, color: Color32) {
    let scale = ui.pixels_per_point();
    let side = (rect.width() * scale).round() / scale;
    let rect = Rect::from_center_size(rect.center(), Vec2::splat(side));
    let rect = Rect::from_min_size(rect.min.round_to_pixels(scale), rect.size());
    ui.painter().image(texture, rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), color);
}

/// Textures by drawing (its address: it is in the program) and side in pixels.
#[derive(Default)]
struct Cache {
    held: BTreeMap<(usize, u32), Held>,
}

struct Held {
    texture: TextureHandle,
    used: u64,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("n_textures", &self.held.len()).finish()
    }
}

fn texture(ctx: &Context, svg: &'static str, size_points: f32) -> TextureId {
    let side = side_in_pixels(size_points * ctx.pixels_per_point());
    let now = ctx.cumulative_pass_nr();
    let cache: Arc<Mutex<Cache>> = ctx.data_mut(|data| {
        Arc::clone(data.get_temp_mut_or_default::<Arc<Mutex<Cache>>>(Id::unique("pictograms")))
    });
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (svg.as_ptr() as usize, side);
    if let Some(held) = cache.held.get_mut(&key) {
        held.used = now;
        return held.texture.id();
    }
    let is_white = svg.as_ptr() != MARK.as_ptr();
    let texture = ctx.load_texture("pictogram", image(svg, side, is_white), TextureOptions::LINEAR);
    let id = texture.id();
    cache.held.insert(key, Held { texture, used: now });
    if cache.held.len() > MAX_TEXTURES {
        cache.forget_old(now);
    }
    id
}

impl Cache {
    /// Forgets the older half, but nothing that was painted in this pass.
    fn forget_old(&mut self, now: u64) {
        let mut used: Vec<u64> = self.held.values().map(|held| held.used).collect();
        used.sort_unstable();
        let limit =
            used.get(used.len() / 2).copied().unwrap_or_default().min(now.saturating_sub(1));
        self.held.retain(|_, held| held.used > limit);
    }
}

fn side_in_pixels(side: f32) -> u32 {
    let side = (side.round().max(1.0) as u32).min(MAX_SIDE);
    if side <= EXACT_UP_TO { side } else { side.next_multiple_of(STEP) }
}

fn image(svg: &str, side: u32, is_white: bool) -> ColorImage {
    let size = [side as usize; 2];
    let Some(pixmap) = draw(svg, side) else {
        return ColorImage::filled(size, Color32::TRANSPARENT);
    };
    if !is_white {
        return ColorImage::from_rgba_premultiplied(size, pixmap.data());
    }
    let pixels = pixmap.pixels().iter().map(|pixel| {
        Color32::from_rgba_premultiplied(pixel.alpha(), pixel.alpha(), pixel.alpha(), pixel.alpha())
    });
    ColorImage::new(size, pixels.collect())
}

/// None where the drawing is no SVG; a test looks at all of them.
fn draw(svg: &str, side: u32) -> Option<Pixmap> {
    let tree = Tree::from_str(svg, &Options::default()).ok()?;
    let mut pixmap = Pixmap::new(side, side)?;
    let scale = side as f32 / tree.size().width();
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Some(pixmap)
}

#[cfg(test)]
mod tests {
    use resvg::tiny_skia::PremultipliedColorU8;

    use super::*;

    #[test]
    fn every_drawing_is_square_and_leaves_a_margin() {
        for (id, svg) in KINDS.iter().chain(STAGES) {
            let tree = Tree::from_str(svg, &Options::default()).expect(id);
            assert_eq!((tree.size().width(), tree.size().height()), (24.0, 24.0), "{id}");
            let pixmap = draw(svg, 48).expect(id);
            let alpha = |x, y| pixmap.pixel(x, y).map_or(0, PremultipliedColorU8::alpha);
            assert!((0..48).any(|x| (0..48).any(|y| alpha(x, y) == 255)), "{id} is empty");
            let edge = (0..48)
                .map(|at| alpha(at, 0).max(alpha(at, 47)).max(alpha(0, at)).max(alpha(47, at)))
                .max();
            assert_eq!(edge, Some(0), "{id} touches the edge");
        }
        let icon = window_icon();
        assert_eq!(icon.rgba.len(), (WINDOW_ICON * WINDOW_ICON * 4) as usize);
    }

    #[test]
    fn kinds_without_a_drawing_have_that_of_their_stage() {
        for stage in Stage::ALL {
            let of_stage = find(STAGES, stage.id());
            assert!(of_stage.is_some(), "{}", stage.id());
            assert_eq!(Some(svg_of("no such kind", stage)), of_stage);
        }
    }

    #[test]
    fn textures_are_made_once_and_their_number_is_bounded() {
        let ctx = Context::default();
        let first = kind_texture(&ctx, "", Stage::Data, 16.0);
        assert_eq!(kind_texture(&ctx, "", Stage::Data, 16.0), first);
        assert_ne!(kind_texture(&ctx, "", Stage::Data, 17.0), first);
        assert_eq!(
            [side_in_pixels(16.4), side_in_pixels(41.0), side_in_pixels(1e9)],
            [16, 48, MAX_SIDE]
        );
        let mut cache = Cache::default();
        for used in 0..8 {
            let texture = ctx.load_texture(
                "t",
                ColorImage::filled([1, 1], Color32::WHITE),
                TextureOptions::LINEAR,
            );
            cache.held.insert((0, used), Held { texture, used: u64::from(used) });
        }
        cache.forget_old(7);
        assert_eq!(cache.held.keys().map(|(_, side)| *side).collect::<Vec<_>>(), [5, 6, 7]);
    }
}
