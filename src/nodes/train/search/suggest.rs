//! Where a search looks next: places from 0 to 1 on each axis, from the trials so far.

use pg_base::Rng;

use super::space::{Axis, Domain};

/// A place on each axis.
pub(super) type Point = Vec<f64>;

/// Trials by chance before the tree-structured Parzen estimator has something to learn from.
const N_STARTING: usize = 8;
/// Share of the trials that count as good.
const GOOD_SHARE: f64 = 0.25;
/// Places that the estimator compares on each axis.
const N_CANDIDATES: usize = 24;
/// Points of a grid at most; more are no search any more.
pub(super) const MAX_GRID: usize = 10_000;

/// A point by chance.
pub(super) fn random(axes: &[Axis], rng: &mut Rng) -> Point {
    axes.iter().map(|_| rng.unit()).collect()
}

/// All combinations of the grid of each axis, the first axis changing slowest.
pub(super) fn grid(axes: &[Axis]) -> Vec<Point> {
    let mut points = vec![Point::new()];
    for axis in axes {
        let places = axis.domain().grid();
        let extend = |point: &Point| {
            places.iter().map(|place| [point.as_slice(), &[*place]].concat()).collect::<Vec<_>>()
        };
        points = points.iter().flat_map(extend).take(MAX_GRID).collect();
    }
    points
}

/// A tree-structured Parzen estimator (Bergstra et al., 2011) on each axis by itself: of some places drawn from the
/// density of the good trials the one that is likeliest among them and unlikeliest among the others.
/// `trials` are the points with their scores, higher being better.
pub(super) fn parzen(axes: &[Axis], trials: &[(Point, f64)], rng: &mut Rng) -> Point {
    if trials.len() < N_STARTING {
        return random(axes, rng);
    }
    let mut ranked: Vec<&(Point, f64)> = trials.iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let n_good = ((trials.len() as f64 * GOOD_SHARE).ceil() as usize).max(2);
    let (good, others) = ranked.split_at(n_good.min(ranked.len()));
    let on_axis = |trials: &[&(Point, f64)], axis: usize| -> Vec<f64> {
        trials.iter().filter_map(|(point, _)| point.get(axis).copied()).collect()
    };
    let place = |(index, axis): (usize, &Axis)| {
        let good = Density::new(axis, on_axis(good, index));
        let others = Density::new(axis, on_axis(others, index));
        let candidates = (0..N_CANDIDATES).map(|_| good.draw(rng));
        let ratio = |place: f64| good.at(place) / others.at(place).max(1e-12);
        candidates
            .map(|place| (place, ratio(place)))
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map_or(0.5, |(place, _)| place)
    };
    axes.iter().enumerate().map(place).collect()
}

/// How likely places are: a bell around each trial, or a count for each value of a list; and a little everywhere.
enum Density {
    Bells { centres: Vec<f64>, width: f64 },
    Shares(Vec<f64>),
}

impl Density {
    fn new(axis: &Axis, places: Vec<f64>) -> Self {
        match axis.domain() {
            Domain::Range { .. } => {
                let width = (1.0 / (places.len() as f64 + 1.0)).clamp(0.05, 0.5);
                Self::Bells { centres: places, width }
            }
            Domain::List(list) => {
                let mut shares = vec![1.0; list.len().max(1)];
                for place in &places {
                    let index = (place * shares.len() as f64) as usize;
                    if let Some(share) = shares.get_mut(index) {
                        *share += 1.0;
                    }
                }
                let total: f64 = shares.iter().sum();
                Self::Shares(shares.into_iter().map(|share| share / total).collect())
            }
        }
    }

    fn at(&self, place: f64) -> f64 {
        match self {
            Self::Bells { centres, width } => {
                let bell = |centre: &f64| {
                    (-0.5 * ((place - centre) / width).powi(2)).exp()
                        / (width * std::f64::consts::TAU.sqrt())
                };
                (1.0 + centres.iter().map(bell).sum::<f64>()) / (1.0 + centres.len() as f64)
            }
            Self::Shares(shares) => {
                shares.get((place * shares.len() as f64) as usize).copied().unwrap_or(0.0)
            }
        }
    }

    fn draw(&self, rng: &mut Rng) -> f64 {
        match self {
            Self::Bells { centres, width } => {
                // One bell more than there are trials: it is flat.
                match centres.get(rng.below(centres.len() + 1)) {
                    Some(centre) => (centre + width * rng.normal()).clamp(0.0, 1.0 - f64::EPSILON),
                    None => rng.unit(),
                }
            }
            Self::Shares(shares) => {
                let mut left = rng.unit();
                for (index, share) in shares.iter().enumerate() {
                    if left < *share {
                        return (index as f64 + 0.5) / shares.len() as f64;
                    }
                    left -= share;
                }
                1.0 - f64::EPSILON
            }
        }
    }
}

/// Share of the variance of the scores that a one-way grouping of each axis explains, from 0 to 1 (η²): ranges in
/// quarters, lists by value.
pub(super) fn importance(axes: &[Axis], trials: &[(Point, f64)]) -> Vec<f64> {
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    let all: Vec<f64> = trials.iter().map(|(_, score)| *score).collect();
    let overall = mean(&all);
    let total: f64 = all.iter().map(|score| (score - overall).powi(2)).sum();
    let of_axis = |(index, axis): (usize, &Axis)| {
        let n_groups = match axis.domain() {
            Domain::Range { .. } => 4,
            Domain::List(list) => list.len().max(1),
        };
        let mut groups = vec![Vec::new(); n_groups];
        for (point, score) in trials {
            let place = point.get(index).copied().unwrap_or(0.0);
            let group = ((place * n_groups as f64) as usize).min(n_groups - 1);
            if let Some(group) = groups.get_mut(group) {
                group.push(*score);
            }
        }
        let between = groups.iter().map(|group| {
            group.len() as f64
                * (mean(group) - overall).powi(2)
                * f64::from(u8::from(!group.is_empty()))
        });
        if total > 0.0 { between.sum::<f64>() / total } else { 0.0 }
    };
    axes.iter().enumerate().map(of_axis).collect()
}
