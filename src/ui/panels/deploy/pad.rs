//! A small sheet to draw on: ink as dark or light as in the pictures that the model knows.

use eframe::egui::{
    Color32, ColorImage, Context, Pos2, Rect, Response, TextureHandle, TextureOptions, Ui,
};

/// Points of the sheet across and down, whatever the size of the picture made of it.
const SIDE: usize = 96;
/// Half the width of the pen, in points of the sheet.
const PEN: f32 = 5.0;

/// The sheet; ink is 255.
pub(super) struct Pad {
    ink: Vec<u8>,
    last: Option<Pos2>,
    is_dark: bool,
    texture: Option<TextureHandle>,
}

impl Pad {
    /// An empty sheet.
    pub(super) fn new(is_dark: bool) -> Self {
        Self { ink: vec![0; SIDE * SIDE], last: None, is_dark, texture: None }
    }

    /// Takes the ink away.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.is_dark);
    }

    /// Whether there is no ink.
    pub(super) fn is_empty(&self) -> bool {
        self.ink.iter().all(|ink| *ink == 0)
    }

    /// Follows the pointer and shows the sheet; true where ink was added.
    pub(super) fn draw_ui(&mut self, ui: &Ui, rect: Rect, response: &Response) -> bool {
        let pointer =
            response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on());
        let is_drawing = pointer.is_some();
        if let Some(pointer) = pointer {
            let to = ((pointer - rect.min) * (SIDE as f32 / rect.width())).to_pos2();
            self.stroke(self.last.unwrap_or(to), to);
            self.last = Some(to);
            self.texture = None;
        } else {
            self.last = None;
        }
        let texture = self.texture(ui.ctx());
        let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
        ui.painter().image(texture, rect, whole, Color32::WHITE);
        is_drawing
    }

    /// Grey values of a picture with this many pixels across and down.
    pub(super) fn picture(&self, n_across: usize, n_down: usize) -> Vec<u8> {
        let mut grey = Vec::with_capacity(n_across * n_down);
        for y in 0..n_down {
            for x in 0..n_across {
                let columns = x * SIDE / n_across..((x + 1) * SIDE).div_ceil(n_across);
                let rows = y * SIDE / n_down..((y + 1) * SIDE).div_ceil(n_down);
                let inked =
                    rows.flat_map(|row| columns.clone().map(move |column| row * SIDE + column));
                let (sum, n) = inked.fold((0_u32, 0_u32), |(sum, n), at| {
                    (sum + u32::from(self.ink.get(at).copied().unwrap_or_default()), n + 1)
                });
                let ink = (sum / n.max(1)) as u8;
                grey.push(if self.is_dark { ink } else { 255 - ink });
            }
        }
        grey
    }

    fn stroke(&mut self, from: Pos2, to: Pos2) {
        let direction = to - from;
        let length_squared = direction.length_sq();
        for (at, ink) in self.ink.iter_mut().enumerate() {
            let point = Pos2::new((at % SIDE) as f32 + 0.5, (at / SIDE) as f32 + 0.5);
            let along = if length_squared > 0.0 {
                ((point - from).dot(direction) / length_squared).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let distance = point.distance(from + direction * along);
            let wet = ((PEN + 0.5 - distance).clamp(0.0, 1.0) * 255.0) as u8;
            *ink = (*ink).max(wet);
        }
    }

    fn texture(&mut self, ctx: &Context) -> eframe::egui::TextureId {
        let grey = || self.ink.iter().map(|ink| if self.is_dark { *ink } else { 255 - *ink });
        let make = || {
            ctx.load_texture(
                "drawing-pad",
                ColorImage::from_gray_iter([SIDE, SIDE], grey()),
                TextureOptions::LINEAR,
            )
        };
        self.texture.get_or_insert_with(make).id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_keeps_its_place_and_its_shade() {
        let mut pad = Pad::new(true);
        assert!(pad.is_empty());
        pad.stroke(Pos2::new(24.0, 0.0), Pos2::new(24.0, 96.0));
        let grey = pad.picture(8, 8);
        assert_eq!(grey.len(), 64);
        assert!(
            grey.chunks(8).all(|row| row[1] > 100 && row[6] == 0),
            "a line at the left quarter"
        );
        pad.is_dark = false;
        assert!(pad.picture(8, 8).chunks(8).all(|row| row[1] < 155 && row[6] == 255));
        pad.clear();
        assert!(pad.is_empty());
    }
}
