//! What mistakes cost at each decision threshold, and where they cost least.

/// A threshold and its mistakes; the positive class is answered where its probability is at least the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostPoint {
    pub threshold: f64,
    /// Cost of all rows together.
    pub cost: f64,
    pub n_true_positive: u64,
    pub n_false_positive: u64,
    pub n_false_negative: u64,
    pub n_true_negative: u64,
}

/// Every threshold that tells some rows apart, from high to low.
#[derive(Debug, Clone, PartialEq)]
pub struct CostCurve {
    pub points: Vec<CostPoint>,
    /// The cheapest; of equally cheap ones the one nearest to what would be right for honest probabilities.
    pub best: CostPoint,
}

/// The curve of some rows with the probability of the positive class; none without rows, or where a number is not
/// finite.
pub fn cost_curve(
    scores: &[f32],
    is_positive: &[bool],
    cost_false_positive: f64,
    cost_false_negative: f64,
) -> Option<CostCurve> {
    let is_usable = !scores.is_empty()
        && scores.len() == is_positive.len()
        && scores.iter().all(|score| score.is_finite())
        && cost_false_positive.is_finite()
        && cost_false_negative.is_finite();
    if !is_usable {
        return None;
    }
    let mut rows: Vec<(f32, bool)> =
        scores.iter().copied().zip(is_positive.iter().copied()).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let n_positive = rows.iter().filter(|(_, is_positive)| *is_positive).count() as u64;
    let n_negative = rows.len() as u64 - n_positive;
    let point = |threshold: f64, n_true_positive: u64, n_false_positive: u64| {
        let n_false_negative = n_positive - n_true_positive;
        CostPoint {
            threshold,
            cost: cost_false_positive * n_false_positive as f64
                + cost_false_negative * n_false_negative as f64,
            n_true_positive,
            n_false_positive,
            n_false_negative,
            n_true_negative: n_negative - n_false_positive,
        }
    };
    let mut points = Vec::new();
    let highest = rows.first().map_or(1.0, |(score, _)| *score);
    points.extend(between(1.0, highest).map(|threshold| point(threshold, 0, 0)));
    let (mut n_true, mut n_false) = (0, 0);
    let mut groups = rows.chunk_by(|a, b| a.0 == b.0).peekable();
    while let Some(group) = groups.next() {
        let n_hits = group.iter().filter(|(_, is_positive)| *is_positive).count() as u64;
        n_true += n_hits;
        n_false += group.len() as u64 - n_hits;
        let score = group.first().map_or(0.0, |(score, _)| *score);
        let next = groups.peek().and_then(|group| group.first()).map(|(score, _)| *score);
        let threshold = next.map_or(Some(0.0), |next| between(score, next));
        points.push(point(threshold.unwrap_or_else(|| f64::from(score)), n_true, n_false));
    }
    let costs = cost_false_positive + cost_false_negative;
    let honest = if costs > 0.0 { cost_false_positive / costs } else { 0.5 };
    let distance = |point: &CostPoint| (point.threshold - honest).abs();
    let best = points.iter().copied().min_by(|a, b| {
        a.cost.total_cmp(&b.cost).then_with(|| distance(a).total_cmp(&distance(b)))
    })?;
    Some(CostCurve { points, best })
}

/// A threshold that a probability of `high` reaches and one of `low` does not; none where there is no room.
fn between(high: f32, low: f32) -> Option<f64> {
    let middle = f64::midpoint(f64::from(high), f64::from(low));
    let rounded = middle as f32;
    (rounded > low && rounded <= high).then_some(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_threshold_is_as_cheap_as_any_that_is_tried() {
        let mut rng = pg_base::Rng::new(3, "costs");
        for round in 0..30 {
            let n = 5 + rng.below(40);
            let scores: Vec<f32> = (0..n).map(|_| rng.below(12) as f32 / 11.0).collect();
            let truths: Vec<bool> =
                scores.iter().map(|score| rng.unit() < f64::from(*score)).collect();
            let (fp, miss) = (1.0 + rng.below(5) as f64, 1.0 + rng.below(5) as f64);
            let curve = cost_curve(&scores, &truths, fp, miss).expect("rows");
            let cost_at = |threshold: f64| {
                let rows = scores.iter().zip(&truths);
                rows.map(|(score, is_positive)| match (*score >= threshold as f32, is_positive) {
                    (true, false) => fp,
                    (false, true) => miss,
                    _ => 0.0,
                })
                .sum::<f64>()
            };
            for point in &curve.points {
                assert_eq!(cost_at(point.threshold), point.cost, "{round}");
                let n_all = point.n_true_positive + point.n_false_positive;
                assert_eq!(n_all + point.n_false_negative + point.n_true_negative, n as u64);
            }
            let cheapest =
                (0..=100).map(|at| cost_at(f64::from(at) / 100.0)).fold(f64::MAX, f64::min);
            assert!(curve.best.cost <= cheapest, "{round}: {} and {cheapest}", curve.best.cost);
        }
        assert_eq!(cost_curve(&[], &[], 1.0, 1.0), None);
        assert_eq!(cost_curve(&[f32::NAN], &[true], 1.0, 1.0), None);
    }
}
