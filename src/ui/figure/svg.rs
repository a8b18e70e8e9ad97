//! A figure as SVG, and rasterised as PNG with the same fonts.

use std::fmt::Write as _;
use std::sync::Arc;

use eframe::egui::{Align, Color32, Rect, Vec2};
use pg_base::Trouble;
use resvg::{tiny_skia, usvg};

use super::layout;
use super::model::Figure;
use super::paint::DASH;
use super::picture::{ASCENT, DESCENT, Mark, Picture, TextMark};
use crate::{classes, theme};

/// Space around the figure.
const MARGIN: f32 = 16.0;
/// Pixels per point of a PNG.
const PNG_SCALE: f32 = 2.0;
/// Sides and areas in pixels that programs for pictures open.
const MAX_SIDE: f32 = 16_000.0;
const MAX_PIXELS: f32 = 64e6;
/// Names of fonts: ours, then what systems have for Chinese.
const FAMILIES: &str = "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',\
                        'WenQuanYi Micro Hei',sans-serif";

/// The figure with a margin, as it looks in the window at this size (in points).
pub fn to_svg(figure: &Figure, size: Vec2, is_dark: bool) -> String {
    let tokens = classes::tokens_for(figure, theme::of(is_dark));
    let picture = layout::picture(figure, size - Vec2::splat(2.0 * MARGIN), &tokens, 0.0);
    let plot = picture.plane.rect.expand(1.0);
    let Picture { back, data, front, .. } = &picture;
    document(picture.size + Vec2::splat(2.0 * MARGIN), tokens.card, |svg| {
        // Writing to a text never fails.
        let _ = writeln!(
            svg,
            "<clipPath id=\"plot\"><rect {}/></clipPath>\n<g transform=\"translate({MARGIN} {MARGIN})\">",
            frame(plot),
        );
        write_marks(svg, back);
        svg.push_str("<g clip-path=\"url(#plot)\">\n");
        write_marks(svg, data);
        svg.push_str("</g>\n");
        write_marks(svg, front);
        svg.push_str("</g>\n");
    })
}

/// Marks in points from the upper left corner as SVG.
pub(crate) fn marks_to_svg(marks: &[Mark], size: Vec2, ground: Color32) -> String {
    document(size, ground, |svg| write_marks(svg, marks))
}

/// The figure as the bytes of a PNG. Loads fonts: for a thread beside the window.
pub fn to_png(figure: &Figure, size: Vec2, is_dark: bool) -> Result<Vec<u8>, Trouble> {
    svg_to_png(&to_svg(figure, size, is_dark))
}

/// An SVG of ours as a PNG with two pixels per point, fewer where it would be too large to be opened. Loads fonts.
pub(crate) fn svg_to_png(svg: &str) -> Result<Vec<u8>, Trouble> {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(include_bytes!("../../../resources/fonts/Inter-Regular.otf").to_vec());
    fonts.load_font_data(include_bytes!("../../../resources/fonts/Inter-SemiBold.otf").to_vec());
    fonts.load_system_fonts();
    let options = usvg::Options { fontdb: Arc::new(fonts), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(Trouble::internal)?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let scale =
        PNG_SCALE.min(MAX_SIDE / width.max(height)).min((MAX_PIXELS / width / height).sqrt());
    let pixels = (width * scale, height * scale);
    let mut canvas = tiny_skia::Pixmap::new(pixels.0.ceil() as u32, pixels.1.ceil() as u32)
        .ok_or_else(|| Trouble::internal("a picture without pixels"))?;
    let transform = tiny_skia::Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut canvas.as_mut());
    canvas.encode_png().map_err(Trouble::internal)
}

fn document(size: Vec2, ground: Color32, content: impl FnOnce(&mut String)) -> String {
    let (width, height) = (n(size.x), n(size.y));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
        hex(ground),
    );
    content(&mut svg);
    svg.push_str("</svg>\n");
    svg
}

fn write_marks(svg: &mut String, marks: &[Mark]) {
    for mark in marks {
        write_mark(svg, mark);
    }
}

fn write_mark(svg: &mut String, mark: &Mark) {
    let _ = match mark {
        Mark::Polyline { points, color, width, is_dashed } => {
            let dash = if *is_dashed {
                format!(" stroke-dasharray=\"{} {}\"", DASH[0], DASH[1])
            } else {
                String::new()
            };
            let path: Vec<String> =
                points.iter().map(|at| format!("{},{}", n(at.x), n(at.y))).collect();
            writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" {} stroke-width=\"{width}\" stroke-linejoin=\"round\"{dash}/>",
                path.join(" "),
                paint("stroke", *color),
            )
        }
        Mark::Strip { points, color } => {
            let upper = points.iter().map(|[upper, _]| upper);
            let lower = points.iter().rev().map(|[_, lower]| lower);
            let path: Vec<String> =
                upper.chain(lower).map(|at| format!("{},{}", n(at.x), n(at.y))).collect();
            writeln!(svg, "<polygon points=\"{}\" {}/>", path.join(" "), paint("fill", *color))
        }
        Mark::Polygon { points, color } => {
            let path: Vec<String> =
                points.iter().map(|at| format!("{},{}", n(at.x), n(at.y))).collect();
            writeln!(svg, "<polygon points=\"{}\" {}/>", path.join(" "), paint("fill", *color))
        }
        Mark::Rect { rect, fill, edge, radius } => {
            // The window draws edges inside.
            let (rect, edge) = match edge {
                Some((width, color)) => (
                    rect.shrink(width / 2.0),
                    format!(" {} stroke-width=\"{width}\"", paint("stroke", *color)),
                ),
                None => (*rect, String::new()),
            };
            writeln!(svg, "<rect {} rx=\"{radius}\" {}{edge}/>", frame(rect), paint("fill", *fill))
        }
        Mark::Dot { center, radius, fill, .. } => {
            let (x, y) = (n(center.x), n(center.y));
            writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {}/>", paint("fill", *fill))
        }
        Mark::Text(text) => write_text(svg, text),
        Mark::Raster { rect, n_columns, colors } => write_raster(svg, *rect, *n_columns, colors),
    };
}

fn write_text(svg: &mut String, text: &TextMark) -> std::fmt::Result {
    let shift = match text.anchor.y() {
        Align::Min => ASCENT,
        Align::Center => (ASCENT - DESCENT) / 2.0,
        Align::Max => -DESCENT,
    };
    let anchor = match text.anchor.x() {
        Align::Min => "start",
        Align::Center => "middle",
        Align::Max => "end",
    };
    let (x, y) = (n(text.at.x), n(text.at.y));
    let turn =
        if text.is_slanted { format!(" transform=\"rotate(-45 {x} {y})\"") } else { String::new() };
    let font = if text.is_bold { "Inter SemiBold','Inter Semi Bold','Inter" } else { "Inter" };
    let weight = if text.is_bold { " font-weight=\"600\"" } else { "" };
    writeln!(
        svg,
        "<text x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\" font-family=\"'{font}',{FAMILIES}\" font-size=\"{}\"{weight} {}{turn}>{}</text>",
        n(text.at.y + shift * text.size),
        text.size,
        paint("fill", text.color),
        escaped(&text.text),
    )
}

/// Cells of one colour beside each other become one rectangle.
fn write_raster(
    svg: &mut String,
    rect: Rect,
    n_columns: usize,
    colors: &[Color32],
) -> std::fmt::Result {
    if n_columns == 0 {
        return Ok(());
    }
    let n_rows = colors.len() / n_columns;
    let (width, height) = (rect.width() / n_columns as f32, rect.height() / n_rows.max(1) as f32);
    svg.push_str("<g shape-rendering=\"crispEdges\">\n");
    for (row, cells) in colors.chunks_exact(n_columns).enumerate() {
        let mut column = 0;
        for run in cells.chunk_by(|a, b| a == b) {
            if let Some(color) = run.first().filter(|color| color.a() > 0) {
                let corner =
                    rect.min + eframe::egui::vec2(column as f32 * width, row as f32 * height);
                let run = Rect::from_min_size(
                    corner,
                    eframe::egui::vec2(run.len() as f32 * width, height),
                );
                writeln!(svg, "<rect {} {}/>", frame(run), paint("fill", *color))?;
            }
            column += run.len();
        }
    }
    svg.push_str("</g>\n");
    Ok(())
}

fn frame(rect: Rect) -> String {
    let (width, height) = (rect.width().max(0.0), rect.height().max(0.0));
    format!(
        "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
        n(rect.left()),
        n(rect.top()),
        n(width),
        n(height)
    )
}

/// Two decimals are finer than any screen.
fn n(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

fn paint(what: &str, color: Color32) -> String {
    let opacity = f32::from(color.a()) / 255.0;
    let more =
        if color.a() == 255 { String::new() } else { format!(" {what}-opacity=\"{opacity:.3}\"") };
    format!("{what}=\"{}\"{more}", hex(color))
}

fn hex(color: Color32) -> String {
    let [red, green, blue, _] = color.to_srgba_unmultiplied();
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    let is_allowed = |letter: &char| !letter.is_control();
    let text: String = text.chars().filter(is_allowed).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
