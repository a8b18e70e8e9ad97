//! Makes classes independent of a group: reweighing in the form of sampling.

use std::collections::BTreeMap;

use pg_base::{Rng, Trouble};

use crate::table::Rows;

/// The places of the rows to keep and to repeat, so that every group has the same share of every class while groups
/// and classes keep their sizes (Kamiran and Calders, Data preprocessing techniques for classification without
/// discrimination, 2012, section 4.3: uniform sampling). A pair of group and class without rows stays without.
pub(super) fn places(
    rows: &Rows,
    classes: &BTreeMap<&str, Vec<u32>>,
    group: &str,
    rng: &mut Rng,
) -> Result<Vec<u32>, Trouble> {
    let groups = rows.labels(group)?;
    let mut cells: BTreeMap<(&str, &str), Vec<u32>> = BTreeMap::new();
    let mut group_sizes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut places = Vec::new();
    let mut n_rows = 0;
    for (class, members) in classes {
        for row in members {
            match groups.get(*row as usize).and_then(Option::as_deref) {
                Some(group) => {
                    cells.entry((group, class)).or_default().push(*row);
                    *group_sizes.entry(group).or_default() += 1;
                    n_rows += 1;
                }
                // Nobody knows where it belongs.
                None => places.push(*row),
            }
        }
    }
    let mut class_sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for ((_, class), members) in &cells {
        *class_sizes.entry(class).or_default() += members.len();
    }
    for ((group, class), members) in &cells {
        let [of_group, of_class] =
            [group_sizes.get(group), class_sizes.get(class)].map(|n| n.map_or(0.0, |n| *n as f64));
        let n_wanted = (of_group * of_class / n_rows as f64).round() as usize;
        let mut members = members.clone();
        rng.shuffle(&mut members);
        places.extend(members.iter().cycle().take(n_wanted.max(1)));
    }
    places.sort_unstable();
    Ok(places)
}
