//! Where the boxes of a network stand in the window: positions of the layout seen through a camera.

use eframe::egui::{Pos2, Rect, Vec2, vec2};

use super::layout::{Layout, Spot};

/// A box at full size, and the space between boxes along and across the flow.
pub(super) const BOX: Vec2 = vec2(150.0, 52.0);
const GAP_ALONG: f32 = 38.0;
const GAP_ACROSS: f32 = 24.0;
/// Free space around the whole.
const MARGIN: f32 = 24.0;
const ZOOMS: std::ops::RangeInclusive<f32> = 0.15..=2.0;
/// A network that would be smaller than this is shown from its beginning instead of as a whole.
const MIN_FIT: f32 = 0.75;

/// Where the person looks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Camera {
    /// Point of the scene in the upper left corner.
    pub(super) origin: Vec2,
    /// 0 before the first look.
    pub(super) zoom: f32,
    /// Whether the first look was from top to bottom.
    is_flowing_down: bool,
}

impl Camera {
    /// Whether the person sees the network from top to bottom.
    pub(super) fn is_flowing_down(&self) -> bool {
        self.is_flowing_down
    }
}

/// Boxes of a network and how they stand in a rectangle.
pub(super) struct Scene<'a> {
    pub(super) layout: &'a Layout,
    pub(super) is_flowing_down: bool,
    pub(super) camera: Camera,
    pub(super) view: Rect,
}

impl<'a> Scene<'a> {
    /// At the first look, the network is fitted into the view.
    pub(super) fn new(
        layout: &'a Layout,
        is_flowing_down: bool,
        camera: Camera,
        view: Rect,
    ) -> Self {
        let mut scene = Self { layout, is_flowing_down, camera, view };
        if camera.zoom == 0.0 || camera.is_flowing_down != is_flowing_down {
            scene.camera.is_flowing_down = is_flowing_down;
            scene.fit(false);
        }
        scene
    }

    /// The whole network at full size with free space around it; the view is as large as that.
    pub(super) fn whole(layout: &'a Layout, is_flowing_down: bool) -> Self {
        let camera = Camera { origin: Vec2::splat(-MARGIN), zoom: 1.0, is_flowing_down };
        let mut scene = Self { layout, is_flowing_down, camera, view: Rect::ZERO };
        scene.view = Rect::from_min_size(Pos2::ZERO, scene.size() + Vec2::splat(2.0 * MARGIN));
        scene
    }

    fn pitch(&self) -> Vec2 {
        if self.is_flowing_down {
            vec2(BOX.x + GAP_ACROSS, BOX.y + GAP_ALONG)
        } else {
            vec2(BOX.x + GAP_ALONG, BOX.y + GAP_ACROSS)
        }
    }

    /// Middle of a place in the scene.
    pub(super) fn middle(&self, rank: usize, lane: i32) -> Vec2 {
        let lane = (lane - self.layout.lanes[0]) as f32;
        let steps =
            if self.is_flowing_down { vec2(lane, rank as f32) } else { vec2(rank as f32, lane) };
        steps * self.pitch() + BOX / 2.0
    }

    fn size(&self) -> Vec2 {
        let last = self.middle(self.layout.n_ranks.saturating_sub(1), self.layout.lanes[1]);
        last + BOX / 2.0
    }

    pub(super) fn to_screen(&self, point: Vec2) -> Pos2 {
        self.view.min + (point - self.camera.origin) * self.camera.zoom
    }

    pub(super) fn rect(&self, spot: Spot) -> Rect {
        Rect::from_center_size(
            self.to_screen(self.middle(spot.rank, spot.lane)),
            BOX * self.camera.zoom,
        )
    }

    /// The whole where it stays readable, else its beginning.
    pub(super) fn fit(&mut self, is_whole: bool) {
        let size = self.size();
        let space = (self.view.size() - Vec2::splat(2.0 * MARGIN)).max(Vec2::splat(1.0));
        let whole = (space / size).min_elem().min(1.0);
        let across = if self.is_flowing_down { space.x / size.x } else { space.y / size.y };
        let zoom = if is_whole || whole >= MIN_FIT { whole } else { across.clamp(MIN_FIT, 1.0) };
        self.camera.zoom = zoom.clamp(*ZOOMS.start(), *ZOOMS.end());
        let shown = self.view.size() / self.camera.zoom;
        let centred = (size - shown) / 2.0;
        let begin = Vec2::splat(-MARGIN / self.camera.zoom);
        // Where it does not fit along the flow, it is shown from its beginning.
        self.camera.origin = vec2(
            if size.x + 2.0 * MARGIN / self.camera.zoom > shown.x { begin.x } else { centred.x },
            if size.y + 2.0 * MARGIN / self.camera.zoom > shown.y { begin.y } else { centred.y },
        );
    }

    pub(super) fn zoom_at(&mut self, factor: f32, at: Pos2) {
        let zoom = (self.camera.zoom * factor).clamp(*ZOOMS.start(), *ZOOMS.end());
        let offset = at - self.view.min;
        self.camera.origin += offset / self.camera.zoom - offset / zoom;
        self.camera.zoom = zoom;
    }

    /// At least a part of the network stays in sight.
    pub(super) fn keep_in_sight(&mut self) {
        let (size, shown) = (self.size(), self.view.size() / self.camera.zoom);
        let low = BOX - shown;
        self.camera.origin = self.camera.origin.max(low.min(size - BOX)).min((size - BOX).max(low));
    }

    /// Brings a box into view.
    pub(super) fn reveal(&mut self, spot: Spot) {
        if !self.view.shrink(MARGIN).contains_rect(self.rect(spot)) {
            let half = self.view.size() / self.camera.zoom / 2.0;
            self.camera.origin = self.middle(spot.rank, spot.lane) - half;
        }
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    fn chain(n_boxes: usize) -> Layout {
        let inputs: Vec<Vec<usize>> =
            (0..n_boxes).map(|node| node.checked_sub(1).into_iter().collect()).collect();
        Layout::of(&inputs)
    }

    fn look(layout: &Layout) -> Scene<'_> {
        Scene::new(
            layout,
            false,
            Camera::default(),
            Rect::from_min_size(pos2(10.0, 20.0), vec2(800.0, 200.0)),
        )
    }

    #[test]
    fn a_short_network_is_shown_whole_and_a_long_one_from_its_beginning() {
        let few = chain(3);
        let scene = look(&few);
        assert!(few.spots.iter().all(|spot| scene.view.contains_rect(scene.rect(*spot))));
        let many = chain(40);
        let mut scene = look(&many);
        assert!(scene.camera.zoom >= MIN_FIT);
        let first = many.spots.first().copied().expect("a box");
        let last = many.spots.last().copied().expect("a box");
        assert!(
            scene.view.contains_rect(scene.rect(first)) && !scene.view.intersects(scene.rect(last))
        );
        scene.reveal(last);
        scene.keep_in_sight();
        assert!(scene.view.contains_rect(scene.rect(last)));
        scene.fit(true);
        assert!(scene.camera.zoom < MIN_FIT);
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let layout = chain(9);
        let mut scene = look(&layout);
        let pointer = pos2(300.0, 90.0);
        let before = (pointer - scene.view.min) / scene.camera.zoom + scene.camera.origin;
        scene.zoom_at(1.5, pointer);
        let after = (pointer - scene.view.min) / scene.camera.zoom + scene.camera.origin;
        assert!((before - after).length() < 1e-3);
    }
}
