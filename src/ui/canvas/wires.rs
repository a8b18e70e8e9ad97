//! The shape of a wire: a smooth curve that leaves an output to the right and enters an input from the left.

use eframe::egui::{Pos2, Vec2, pos2, vec2};

use crate::theme::size::GRID;

/// A wire that runs back over more than this height goes around the cards.
const DETOUR_FROM: f32 = 72.0;
/// From a port to the gap above its card.
const ABOVE_A_PORT: f32 = 68.0;
/// How far it stands off the cards, and the radius of its corners.
const TURN: f32 = 20.0;
/// Between wires to ports of the same card.
const APART: f32 = 7.0;
/// Pieces of one curve between two points.
const N_PIECES: usize = 40;

/// The curve from an output over its bends to an input, as points. `rank` numbers the ports of the target from the top:
/// wires that go around the same card keep apart.
pub(crate) fn curve(from: Pos2, to: Pos2, bends: &[Pos2], rank: usize) -> Vec<Pos2> {
    let stops: Vec<Pos2> =
        std::iter::once(from).chain(bends.iter().copied()).chain(std::iter::once(to)).collect();
    let mut points = vec![from];
    for (index, pair) in stops.windows(2).enumerate() {
        let &[a, b] = pair else { continue };
        let is_first = index == 0;
        let is_last = index + 2 == stops.len();
        let slack = slack(a, b);
        let out = if is_first { vec2(slack, 0.0) } else { tangent(&stops, index) };
        let into = if is_last { vec2(slack, 0.0) } else { tangent(&stops, index + 1) };
        let is_straight = (a.y - b.y).abs() < 0.5 && b.x > a.x && is_first && is_last;
        if is_straight {
            points.push(b);
            continue;
        }
        if is_first && is_last && b.x < a.x && (b.y - a.y).abs() > DETOUR_FROM {
            points.extend(detour(a, b, rank as f32));
            continue;
        }
        let [c, d] = [a + out, b - into];
        points
            .extend((1..=N_PIECES).map(|piece| cubic(a, c, d, b, piece as f32 / N_PIECES as f32)));
    }
    points
}

/// A wire back to another row: out, along the gap above the lower of both, and in, with round corners.
fn detour(a: Pos2, b: Pos2, rank: f32) -> Vec<Pos2> {
    let gap = a.y.max(b.y) - ABOVE_A_PORT - rank * (GRID - APART);
    let turn = TURN + rank * APART;
    let corners = [
        a,
        pos2(a.x + turn, a.y),
        pos2(a.x + turn, gap),
        pos2(b.x - turn, gap),
        pos2(b.x - turn, b.y),
        b,
    ];
    let mut points = Vec::new();
    for triple in corners.windows(3) {
        let &[before, corner, after] = triple else { continue };
        let radius =
            TURN.min((corner - before).length() / 2.0).min((after - corner).length() / 2.0);
        let start = corner - (corner - before).normalized() * radius;
        let end = corner + (after - corner).normalized() * radius;
        points.extend((0..=6).map(|piece| {
            cubic(start, start.lerp(corner, 0.6), end.lerp(corner, 0.6), end, piece as f32 / 6.0)
        }));
    }
    points.push(b);
    points
}

/// How far a curve swings out: more where it has to turn back.
fn slack(a: Pos2, b: Pos2) -> f32 {
    let run = b.x - a.x;
    if run >= 0.0 { (run * 0.5).clamp(18.0, 140.0) } else { (40.0 - run * 0.35).min(220.0) }
}

/// Direction in which a curve passes a bend.
fn tangent(stops: &[Pos2], index: usize) -> Vec2 {
    let at = |index: usize| stops.get(index).copied().unwrap_or_default();
    (at(index + 1) - at(index.saturating_sub(1))) / 6.0
}

fn cubic(a: Pos2, b: Pos2, c: Pos2, d: Pos2, t: f32) -> Pos2 {
    let s = 1.0 - t;
    let weigh = |p: f32, q: f32, r: f32, u: f32| {
        s * s * s * p + 3.0 * s * s * t * q + 3.0 * s * t * t * r + t * t * t * u
    };
    pos2(weigh(a.x, b.x, c.x, d.x), weigh(a.y, b.y, c.y, d.y))
}

/// Distance from a point to a line of points.
pub(crate) fn distance(points: &[Pos2], to: Pos2) -> f32 {
    let pieces = points.windows(2).filter_map(|pair| match pair {
        &[a, b] => Some(distance_to_piece(a, b, to)),
        _ => None,
    });
    pieces.fold(f32::INFINITY, f32::min)
}

fn distance_to_piece(a: Pos2, b: Pos2, to: Pos2) -> f32 {
    let along = b - a;
    let length = along.length_sq();
    let t = if length > 0.0 { ((to - a).dot(along) / length).clamp(0.0, 1.0) } else { 0.0 };
    (a + along * t).distance(to)
}

/// Whether a stroke crosses a line of points.
pub(crate) fn crosses(points: &[Pos2], stroke: &[Pos2]) -> bool {
    let pairs = |line: &[Pos2]| -> Vec<(Pos2, Pos2)> {
        line.windows(2)
            .filter_map(|pair| match pair {
                &[a, b] => Some((a, b)),
                _ => None,
            })
            .collect()
    };
    let cuts = pairs(stroke);
    pairs(points).into_iter().any(|(a, b)| cuts.iter().any(|&(c, d)| pieces_cross(a, b, c, d)))
}

fn pieces_cross(a: Pos2, b: Pos2, c: Pos2, d: Pos2) -> bool {
    let side = |p: Pos2, q: Pos2, r: Pos2| (q - p).x * (r - p).y - (q - p).y * (r - p).x;
    side(a, b, c) * side(a, b, d) <= 0.0 && side(c, d, a) * side(c, d, b) <= 0.0
}

/// Where in the list of bends a new one at `at` belongs: after as many as lie before it along the wire.
pub(crate) fn place_of_bend(from: Pos2, to: Pos2, bends: &[Pos2], at: Pos2) -> usize {
    let stops: Vec<Pos2> =
        std::iter::once(from).chain(bends.iter().copied()).chain(std::iter::once(to)).collect();
    let gap = |index: usize| {
        let end = |index: usize| stops.get(index).copied().unwrap_or_default();
        distance_to_piece(end(index), end(index + 1), at)
    };
    (0..=bends.len()).min_by(|a, b| gap(*a).total_cmp(&gap(*b))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_run_from_end_to_end_and_can_be_hit_and_cut() {
        let (from, to) = (pos2(0.0, 0.0), pos2(200.0, 80.0));
        let points = curve(from, to, &[], 0);
        assert_eq!((points.first(), points.last()), (Some(&from), Some(&to)));
        assert!(distance(&points, pos2(100.0, 40.0)) < 2.0);
        assert!(distance(&points, pos2(100.0, 90.0)) > 20.0);
        assert!(crosses(&points, &[pos2(100.0, -20.0), pos2(100.0, 120.0)]));
        assert!(!crosses(&points, &[pos2(-50.0, -20.0), pos2(-50.0, 120.0)]));
        let bend = pos2(100.0, 300.0);
        assert!(distance(&curve(from, to, &[bend], 0), bend) < 0.01);
        assert_eq!(place_of_bend(from, to, &[bend], pos2(190.0, 100.0)), 1);
        assert_eq!(place_of_bend(from, to, &[bend], pos2(30.0, 60.0)), 0);
        assert!(distance(&[], bend).is_infinite());
        let back = curve(to, pos2(-400.0, 300.0), &[], 0);
        assert_eq!(back.last(), Some(&pos2(-400.0, 300.0)));
        assert!(
            distance(&back, pos2(-100.0, 300.0 - ABOVE_A_PORT)) < 0.01,
            "it runs along the gap above the target"
        );
    }
}
