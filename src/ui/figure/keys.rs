//! A figure by the keyboard: arrow keys go from one thing to the nearest in their direction, Enter opens the menu.

use eframe::egui::{Event, EventFilter, Id, Key, Pos2, Response, Ui, Vec2, vec2};

use super::layout::bars;
use super::model::{Figure, Layer};
use super::plane::Plane;

/// More things than this are not gone through one by one.
const MAX_STOPS: usize = 20_000;
/// Things nearer than this are at the same place along a direction.
const SAME: f32 = 0.5;
/// How much more a way aside counts than one ahead.
const ASIDE: f32 = 3.0;

/// What the keys said in this frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Keys {
    /// Where the keyboard is, in points from the upper left corner of the figure.
    pub(super) at: Option<Pos2>,
    /// Whether the menu is asked for.
    pub(super) is_entered: bool,
}

/// Takes the keys of a figure that has the keyboard.
pub(super) fn take(ui: &Ui, response: &Response, figure: &Figure, plane: &Plane) -> Keys {
    let place = response.id.with("keyboard");
    if !response.has_focus() {
        ui.data_mut(|data| data.remove::<Pos2>(place));
        return Keys::default();
    }
    // Or the arrow keys would lead to the next widget.
    let filter =
        EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let moves = moves(ui);
    let mut at: Option<Pos2> = ui.data(|data| data.get_temp(place));
    if !moves.is_empty() {
        let stops = stops(figure, plane);
        for direction in moves {
            at = match at {
                Some(at) => next(&stops, at, direction).or(Some(at)),
                None => first(&stops),
            };
        }
        store(ui, place, at);
    }
    Keys { at, is_entered: ui.input(|input| input.key_pressed(Key::Enter)) }
}

fn store(ui: &Ui, place: Id, at: Option<Pos2>) {
    if let Some(at) = at {
        ui.data_mut(|data| data.insert_temp(place, at));
    }
}

fn moves(ui: &Ui) -> Vec<Vec2> {
    let direction = |event: &Event| match event {
        Event::Key { key: Key::ArrowLeft, pressed: true, .. } => Some(vec2(-1.0, 0.0)),
        Event::Key { key: Key::ArrowRight, pressed: true, .. } => Some(vec2(1.0, 0.0)),
        Event::Key { key: Key::ArrowUp, pressed: true, .. } => Some(vec2(0.0, -1.0)),
        Event::Key { key: Key::ArrowDown, pressed: true, .. } => Some(vec2(0.0, 1.0)),
        _ => None,
    };
    ui.input(|input| input.events.iter().filter_map(direction).collect())
}

/// Places of all that can be pointed at.
fn stops(figure: &Figure, plane: &Plane) -> Vec<Pos2> {
    let mut stops = Vec::new();
    for (index, layer) in figure.layers.iter().enumerate() {
        match layer {
            Layer::Line(line) => stops.extend(places(plane, &line.points)),
            Layer::Points(points) => stops.extend(places(plane, &points.points)),
            Layer::Band(_) | Layer::Rule(_) => {}
            Layer::Bars(_) => {
                let rects = bars::rects(figure, index, plane);
                stops.extend(rects.into_iter().flatten().map(|rect| rect.center()));
            }
            Layer::Boxes(boxes) => {
                let (base, length) = plane.base_and_length();
                let ends = boxes.boxes.iter().enumerate().filter_map(|(index, stats)| {
                    let (along, across) = (base.place(index as f64)?, length.place(stats.median)?);
                    let at = vec2(along, across);
                    Some(if plane.is_lying { at.yx() } else { at }.to_pos2())
                });
                stops.extend(ends);
            }
            Layer::Heat(heat) => {
                let n_columns = heat.column_labels.len();
                let cells = (0..heat.row_labels.len())
                    .flat_map(|row| (0..n_columns).map(move |column| [column as f64, row as f64]));
                stops.extend(cells.filter_map(|cell| plane.place(cell)));
            }
        }
    }
    stops.retain(|stop| plane.rect.expand(SAME).contains(*stop));
    stops.truncate(MAX_STOPS);
    stops
}

fn places(plane: &Plane, points: &[[f64; 2]]) -> impl Iterator<Item = Pos2> {
    points.iter().filter_map(|point| plane.place(*point))
}

/// The leftmost thing, and the upper one of several.
fn first(stops: &[Pos2]) -> Option<Pos2> {
    stops.iter().copied().min_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)))
}

/// The nearest thing in a direction; the way aside counts more.
fn next(stops: &[Pos2], at: Pos2, direction: Vec2) -> Option<Pos2> {
    let way = |stop: &Pos2| {
        let ahead = (*stop - at).dot(direction);
        let aside = (*stop - at).dot(direction.rot90()).abs();
        ahead + ASIDE * aside
    };
    stops
        .iter()
        .copied()
        .filter(|stop| (*stop - at).dot(direction) > SAME)
        .min_by(|a, b| way(a).total_cmp(&way(b)))
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Rect, pos2};

    use super::super::model::{Ink, Line};
    use super::*;

    #[test]
    fn keys_go_to_the_nearest_thing_in_their_direction() {
        let line = |name: &str, shift: f64| {
            let points = (0..5).map(|at| [f64::from(at), f64::from(at) + shift]).collect();
            Line::new(name, Ink::Accent, points)
        };
        let figure = Figure::new("").with(line("a", 0.0)).with(line("b", 4.0));
        let plane = Plane::of(&figure).on(Rect::from_min_max(pos2(0.0, 0.0), pos2(400.0, 400.0)));
        let stops = stops(&figure, &plane);
        assert_eq!(stops.len(), 10);
        let start = first(&stops).expect("a thing");
        let check = |from: Pos2, direction: Vec2, expected: [f64; 2]| {
            let found = next(&stops, from, direction).expect("a thing");
            let expected = plane.place(expected).expect("a place");
            assert!((found - expected).length() < 1e-3, "{found:?} {expected:?}");
            found
        };
        let second = check(start, vec2(1.0, 0.0), [1.0, 5.0]);
        let below = check(second, vec2(0.0, 1.0), [1.0, 1.0]);
        check(below, vec2(-1.0, 0.0), [0.0, 0.0]);
        assert_eq!(next(&stops, start, vec2(-1.0, 0.0)), None);
        assert_eq!(first(&[]), None);
    }
}
