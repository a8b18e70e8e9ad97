//! Whether a classifier treats groups of people alike.

/// How the rows of one group are treated; none where the group has no row to count on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupRates {
    pub n_rows: u64,
    /// Share of rows that get the favourable answer.
    pub selection_rate: f64,
    /// Of the rows that deserve it, the share that get it.
    pub true_positive_rate: Option<f64>,
    /// Of the rows that do not deserve it, the share that get it.
    pub false_positive_rate: Option<f64>,
    pub accuracy: f64,
}

/// The groups side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Fairness {
    /// One per group.
    pub groups: Vec<GroupRates>,
    /// Largest difference of selection rates.
    pub demographic_parity_difference: f64,
    /// Smallest selection rate over the largest; none where nobody is selected.
    pub disparate_impact: Option<f64>,
    /// The larger of the largest differences of true and of false positive rates; none where neither is defined for two
    /// groups.
    pub equalized_odds_difference: Option<f64>,
}

/// Compares groups; equals fairlearn's `MetricFrame` and its differences and ratios between groups. None where fewer
/// than two groups have rows.
pub fn fairness(
    group_of: &[usize],
    n_groups: usize,
    is_positive: &[bool],
    is_selected: &[bool],
) -> Option<Fairness> {
    #[derive(Clone, Default)]
    struct Counts {
        n_rows: u64,
        n_selected: u64,
        n_positive: u64,
        n_true_positive: u64,
    }
    let mut counts = vec![Counts::default(); n_groups];
    for ((group, is_positive), is_selected) in group_of.iter().zip(is_positive).zip(is_selected) {
        let group = counts.get_mut(*group)?;
        group.n_rows += 1;
        group.n_selected += u64::from(*is_selected);
        group.n_positive += u64::from(*is_positive);
        group.n_true_positive += u64::from(*is_positive && *is_selected);
    }
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let groups: Option<Vec<GroupRates>> = counts
        .iter()
        .map(|group| {
            let n_negative = group.n_rows - group.n_positive;
            let n_false_positive = group.n_selected - group.n_true_positive;
            let n_right = group.n_true_positive + n_negative - n_false_positive;
            Some(GroupRates {
                n_rows: group.n_rows,
                selection_rate: share(group.n_selected, group.n_rows)?,
                true_positive_rate: share(group.n_true_positive, group.n_positive),
                false_positive_rate: share(n_false_positive, n_negative),
                accuracy: share(n_right, group.n_rows)?,
            })
        })
        .collect();
    let groups = groups.filter(|groups| groups.len() > 1)?;
    let ends = |rate: &dyn Fn(&GroupRates) -> Option<f64>| {
        let rates: Vec<f64> = groups.iter().filter_map(rate).collect();
        (rates.len() > 1).then(|| {
            let low = rates.iter().copied().fold(f64::INFINITY, f64::min);
            (low, rates.into_iter().fold(f64::NEG_INFINITY, f64::max))
        })
    };
    let gap = |ends: Option<(f64, f64)>| ends.map(|(low, high)| high - low);
    let (lowest, highest) = ends(&|group| Some(group.selection_rate))?;
    let of_positives = gap(ends(&|group| group.true_positive_rate));
    let of_negatives = gap(ends(&|group| group.false_positive_rate));
    Some(Fairness {
        demographic_parity_difference: highest - lowest,
        disparate_impact: (highest > 0.0).then(|| lowest / highest),
        equalized_odds_difference: of_positives.into_iter().chain(of_negatives).reduce(f64::max),
        groups,
    })
}
