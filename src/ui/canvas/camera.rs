//! Which part of the plane is seen: world points (those of the document) against points of the screen.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

/// Smallest and largest zoom.
pub(crate) const ZOOM: std::ops::RangeInclusive<f32> = 0.1..=2.5;

/// Place and zoom of the view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Camera {
    /// World point in the upper left corner of the viewport.
    pub(crate) origin: Pos2,
    /// Screen points per world point.
    pub(crate) zoom: f32,
    /// The canvas on the screen.
    pub(crate) viewport: Rect,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            origin: pos2(-60.0, -60.0),
            zoom: 1.0,
            viewport: Rect::from_min_size(Pos2::ZERO, vec2(800.0, 600.0)),
        }
    }
}

impl Camera {
    /// World to screen.
    pub(crate) fn to_screen(self, world: Pos2) -> Pos2 {
        self.viewport.min + (world - self.origin) * self.zoom
    }

    /// Screen to world.
    pub(crate) fn to_world(self, screen: Pos2) -> Pos2 {
        self.origin + (screen - self.viewport.min) / self.zoom
    }

    /// A rectangle of the world on the screen.
    pub(crate) fn rect_to_screen(self, world: Rect) -> Rect {
        Rect::from_min_size(self.to_screen(world.min), world.size() * self.zoom)
    }

    /// What is seen of the world.
    pub(crate) fn seen(self) -> Rect {
        Rect::from_min_size(self.origin, self.viewport.size() / self.zoom)
    }

    /// Moves the view with the pointer.
    pub(crate) fn pan(&mut self, screen_delta: Vec2) {
        self.origin -= screen_delta / self.zoom;
    }

    /// Zooms so that the world under a screen point stays there.
    pub(crate) fn zoom_around(&mut self, screen: Pos2, factor: f32) {
        let world = self.to_world(screen);
        self.zoom = (self.zoom * factor).clamp(*ZOOM.start(), *ZOOM.end());
        self.origin = world - (screen - self.viewport.min) / self.zoom;
    }

    /// Shows a rectangle of the world in the middle, not larger than life.
    pub(crate) fn fit(&mut self, world: Rect) {
        let margin = 48.0;
        let space = (self.viewport.size() - Vec2::splat(2.0 * margin)).max(Vec2::splat(1.0));
        let size = world.size().max(Vec2::splat(1.0));
        let zoom = (space.x / size.x).min(space.y / size.y).min(1.0);
        self.zoom = zoom.clamp(*ZOOM.start(), *ZOOM.end());
        self.origin = world.center() - self.viewport.size() / 2.0 / self.zoom;
    }

    /// Moves as little as needed to show a rectangle of the world.
    pub(crate) fn reveal(&mut self, world: Rect) {
        let seen = self.seen().shrink(24.0 / self.zoom);
        if !seen.contains_rect(world) {
            self.origin = world.center() - self.viewport.size() / 2.0 / self.zoom;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_the_point_under_the_pointer_and_fitting_shows_everything() {
        let mut camera = Camera {
            viewport: Rect::from_min_size(pos2(200.0, 40.0), vec2(900.0, 500.0)),
            ..Camera::default()
        };
        let pointer = pos2(431.0, 212.0);
        let world = camera.to_world(pointer);
        camera.zoom_around(pointer, 1.7);
        assert!((camera.to_screen(world) - pointer).length() < 1e-3);
        camera.zoom_around(pointer, 1e9);
        assert_eq!(camera.zoom, *ZOOM.end());
        let graph = Rect::from_min_size(pos2(-5000.0, 100.0), vec2(8000.0, 300.0));
        camera.fit(graph);
        assert!(camera.seen().contains_rect(graph));
        camera.reveal(Rect::from_min_size(pos2(90_000.0, 0.0), vec2(10.0, 10.0)));
        assert!(camera.seen().contains(pos2(90_005.0, 5.0)));
    }
}
