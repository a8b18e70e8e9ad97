//! t-SNE: rows placed in the plane so that near ones stay near (van der Maaten and Hinton, 2008).

use pg_base::{CancelToken, Progress, Rng, Trouble, say};
use rayon::prelude::*;

use crate::sample::Matrix;

/// How rows are placed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TsneSettings {
    /// About how many neighbours each row minds.
    pub perplexity: f64,
    /// Moves of all points.
    pub n_moves: usize,
}

/// Every row is compared with every other, in each move.
pub const MAX_TSNE_ROWS: usize = 5000;
/// Moves in which near rows are pulled together more than they should.
const N_EARLY: usize = 250;
const EARLY_PULL: f64 = 12.0;

/// A place in the plane for each row.
///
/// Errors: `rows-too-few`, `too-many-rows`, a cancelled run.
pub fn t_sne(
    x: &Matrix,
    settings: TsneSettings,
    seed: u64,
    cancel: &CancelToken,
    progress: &dyn Progress,
) -> Result<Vec<[f64; 2]>, Trouble> {
    let n_rows = x.n_rows();
    if n_rows < 4 {
        return Err(Trouble::new(
            "rows-too-few",
            say!("there are {n_rows} rows", "只有 {n_rows} 行"),
        )
        .expected(say!("at least 4 rows without gaps", "至少 4 行没有缺失值的数据")));
    }
    if n_rows > MAX_TSNE_ROWS {
        return Err(Trouble::new(
            "too-many-rows",
            say!("there are {n_rows} rows", "共有 {n_rows} 行"),
        )
        .expected(say!("at most {MAX_TSNE_ROWS}", "最多 {MAX_TSNE_ROWS} 行"))
        .advice(say!("Take a sample of the rows first.", "请先抽取部分数据。")));
    }
    let perplexity = settings.perplexity.clamp(1.0, (n_rows - 1) as f64 / 3.0);
    let pulls = affinities(x, perplexity);
    let mut rng = Rng::new(seed, "t-sne");
    let mut places: Vec<[f64; 2]> =
        (0..n_rows).map(|_| [1e-4 * rng.normal(), 1e-4 * rng.normal()]).collect();
    let mut speeds = vec![[0.0_f64; 2]; n_rows];
    let mut gains = vec![[1.0_f64; 2]; n_rows];
    let rate = (n_rows as f64 / EARLY_PULL / 4.0).max(50.0);
    for step in 0..settings.n_moves {
        cancel.check()?;
        if step % 10 == 0 {
            let fraction = step as f64 / settings.n_moves as f64;
            progress.report(fraction, &say!("placing the rows", "正在排布数据点"));
        }
        let (pull, momentum) = if step < N_EARLY { (EARLY_PULL, 0.5) } else { (1.0, 0.8) };
        let slopes = slopes(&places, &pulls, pull);
        let all = places.iter_mut().zip(&mut speeds).zip(&mut gains).zip(slopes);
        for (((place, speed), gain), slope) in all {
            let axes = place.iter_mut().zip(speed).zip(gain).zip(slope);
            for (((place, speed), gain), slope) in axes {
                let goes_on = (slope > 0.0) != (*speed > 0.0);
                *gain = if goes_on { *gain + 0.2 } else { (*gain * 0.8).max(0.01) };
                *speed = momentum * *speed - rate * *gain * slope;
                *place += *speed;
            }
        }
    }
    Ok(places)
}

/// How much two rows belong together: bells around both, as wide as the perplexity asks; rows sum to 1 in all.
fn affinities(x: &Matrix, perplexity: f64) -> Vec<f32> {
    let n_rows = x.n_rows();
    let wanted = perplexity.ln();
    let one_sided: Vec<Vec<f32>> = (0..n_rows)
        .into_par_iter()
        .map(|at| {
            let row = x.row(at);
            let away: Vec<f64> = x
                .rows()
                .map(|other| {
                    row.iter().zip(other).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
                })
                .collect();
            let others = || away.iter().enumerate().filter(|(other, _)| *other != at);
            let nearest = others().map(|(_, away)| *away).fold(f64::INFINITY, f64::min);
            let mean = others().map(|(_, away)| away - nearest).sum::<f64>() / (n_rows - 1) as f64;
            let (mut low, mut high) = (0.0, f64::INFINITY);
            let mut narrow = if mean > 0.0 { 1.0 / mean } else { 1.0 };
            let mut shares = vec![0.0_f64; n_rows];
            for _ in 0..64 {
                let (mut sum, mut moment) = (0.0, 0.0);
                for (share, (other, away)) in shares.iter_mut().zip(away.iter().enumerate()) {
                    let away = away - nearest;
                    *share = if other == at { 0.0 } else { (-narrow * away).exp() };
                    sum += *share;
                    moment += *share * away;
                }
                let entropy = sum.ln() + narrow * moment / sum;
                for share in &mut shares {
                    *share /= sum;
                }
                if (entropy - wanted).abs() < 1e-5 {
                    break;
                }
                if entropy > wanted {
                    low = narrow;
                    narrow =
                        if high.is_finite() { f64::midpoint(narrow, high) } else { 2.0 * narrow };
                } else {
                    high = narrow;
                    narrow = f64::midpoint(narrow, low);
                }
            }
            shares.into_iter().map(|share| share as f32).collect()
        })
        .collect();
    let whole = 2.0 * n_rows as f32;
    let both = |at: usize, other: usize| {
        let share = |at: usize, other: usize| {
            one_sided.get(at).and_then(|row| row.get(other)).copied().unwrap_or(0.0)
        };
        ((share(at, other) + share(other, at)) / whole).max(1e-12)
    };
    (0..n_rows)
        .into_par_iter()
        .flat_map_iter(|at| (0..n_rows).map(move |other| (at, other)))
        .map(|(at, other)| both(at, other))
        .collect()
}

/// The slope of the goal by each place.
fn slopes(places: &[[f64; 2]], pulls: &[f32], pull: f64) -> Vec<[f64; 2]> {
    let sums: Vec<([f64; 2], [f64; 2], f64)> = places
        .par_iter()
        .zip(pulls.par_chunks(places.len().max(1)))
        .map(|([x, y], pulls)| {
            let (mut together, mut apart, mut whole) = ([0.0; 2], [0.0; 2], 0.0);
            for ([other_x, other_y], wanted) in places.iter().zip(pulls) {
                let (dx, dy) = (x - other_x, y - other_y);
                let near = 1.0 / (1.0 + dx * dx + dy * dy);
                whole += near;
                let (to, from) = (f64::from(*wanted) * near, near * near);
                together = [together[0] + to * dx, together[1] + to * dy];
                apart = [apart[0] + from * dx, apart[1] + from * dy];
            }
            (together, apart, whole - 1.0)
        })
        .collect();
    let whole: f64 = sums.iter().map(|(_, _, whole)| whole).sum::<f64>().max(f64::MIN_POSITIVE);
    let slope = |(together, apart, _): &([f64; 2], [f64; 2], f64)| {
        let [tx, ty] = together;
        let [ax, ay] = apart;
        [4.0 * (pull * tx - ax / whole), 4.0 * (pull * ty - ay / whole)]
    };
    sums.iter().map(slope).collect()
}

#[cfg(test)]
mod tests {
    use pg_base::NoProgress;

    use super::*;

    #[test]
    fn two_clouds_stay_two_clouds() {
        let mut rng = Rng::new(1, "clouds");
        let values: Vec<f32> = (0..300)
            .map(|at| (rng.normal() + if at / 3 % 2 == 0 { 0.0 } else { 20.0 }) as f32)
            .collect();
        let settings = TsneSettings { perplexity: 15.0, n_moves: 400 };
        let place = |seed| {
            let x = Matrix::new(values.clone(), 3);
            t_sne(&x, settings, seed, &CancelToken::default(), &NoProgress).expect("placed")
        };
        let places = place(1);
        assert_eq!(places, place(1));
        let nearest_is_alike = |at: usize| {
            let away = |other: usize| {
                (0..2).map(|axis| (places[at][axis] - places[other][axis]).powi(2)).sum::<f64>()
            };
            let others = (0..100).filter(|other| *other != at);
            let nearest = others.min_by(|a, b| away(*a).total_cmp(&away(*b))).expect("others");
            nearest % 2 == at % 2
        };
        assert!((0..100).all(nearest_is_alike));
    }
}
