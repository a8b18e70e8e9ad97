//! Lines and bands; a line with more points than the plot has columns keeps the extremes of each column.

use eframe::egui::{Pos2, pos2};

use super::super::model::{Band, Line};
use super::super::picture::Mark;
use super::super::plane::Plane;
use crate::theme::Tokens;

/// Points per column of pixels from which on a line is thinned out.
const MAX_PER_COLUMN: usize = 4;

/// A line in pieces: points that are not finite interrupt it, a piece of one point is a dot.
pub(super) fn line(line: &Line, plane: &Plane, tokens: &Tokens, marks: &mut Vec<Mark>) {
    let color = tokens.ink(line.ink);
    let mut piece = Vec::new();
    let mut end = |piece: &mut Vec<Pos2>| match piece.as_slice() {
        [] => {}
        [center] => {
            marks.push(Mark::Dot { center: *center, radius: 2.5, fill: color, edge: None });
            piece.clear();
        }
        _ => {
            let points = thinned(std::mem::take(piece), plane.rect.width());
            marks.push(Mark::Polyline { points, color, width: 1.75, is_dashed: line.is_dashed });
        }
    };
    for point in &line.points {
        match plane.place(*point) {
            Some(place) => piece.push(place),
            None => end(&mut piece),
        }
    }
    end(&mut piece);
}

/// The space between two lines, faintly.
pub(super) fn band(band: &Band, plane: &Plane, tokens: &Tokens, marks: &mut Vec<Mark>) {
    let color = tokens.ink(band.ink).gamma_multiply(0.18);
    let mut piece: Vec<[Pos2; 2]> = Vec::new();
    for [x, low, high] in &band.points {
        match (plane.place([*x, *high]), plane.place([*x, *low])) {
            (Some(upper), Some(lower)) => piece.push([upper, lower]),
            _ => marks.push(Mark::Strip { points: std::mem::take(&mut piece), color }),
        }
    }
    marks.push(Mark::Strip { points: piece, color });
}

/// First, lowest, highest and last point of each column of pixels, where the points run from left to right.
fn thinned(points: Vec<Pos2>, width: f32) -> Vec<Pos2> {
    let is_sorted = points.is_sorted_by(|a, b| a.x <= b.x);
    if points.len() <= width.max(1.0) as usize * MAX_PER_COLUMN || !is_sorted {
        return points;
    }
    let mut thin = Vec::with_capacity(width.max(1.0) as usize * MAX_PER_COLUMN);
    for column in points.chunk_by(|a, b| a.x.floor() == b.x.floor()) {
        let (Some(first), Some(last)) = (column.first(), column.last()) else { continue };
        let low = column.iter().fold(f32::INFINITY, |low, point| low.min(point.y));
        let high = column.iter().fold(f32::NEG_INFINITY, |high, point| high.max(point.y));
        thin.extend([*first, pos2(first.x, low), pos2(first.x, high), *last]);
    }
    thin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_keep_their_extremes() {
        let mut points: Vec<Pos2> =
            (0..100_000_u32).map(|index| pos2(index as f32 / 1000.0, 0.0)).collect();
        points.push(pos2(99.999, 7.0));
        let thin = thinned(points, 100.0);
        assert!(thin.len() <= 404, "{}", thin.len());
        assert!(thin.iter().any(|point| point.y == 7.0));
        let zigzag = vec![pos2(1.0, 0.0), pos2(0.0, 1.0)];
        assert_eq!(thinned(zigzag.clone(), 0.0), zigzag);
    }
}
