//! DBSCAN: rows with many near neighbours are cores, and cores that are near each other make a group.

use pg_base::{Trouble, say};
use rayon::prelude::*;

use super::{Found, squared, too_many};

/// Every row is compared with every other.
const MAX_ROWS: usize = 20_000;

/// Gives the core rows; others belong to the nearest core within the radius, or to no group.
pub(super) fn find(
    rows: &[f64],
    width: usize,
    radius: f64,
    min_rows: usize,
) -> Result<Found, Trouble> {
    let n_rows = rows.len() / width;
    if n_rows > MAX_ROWS {
        return Err(too_many(n_rows, MAX_ROWS));
    }
    let reach = radius * radius;
    let near: Vec<Vec<u32>> = rows
        .par_chunks(width)
        .map(|row| {
            let all = rows.chunks(width).zip(0..);
            all.filter(|(other, _)| squared(row, other) <= reach).map(|(_, at)| at).collect()
        })
        .collect();
    let is_core = |at: usize| near.get(at).is_some_and(|near| near.len() >= min_rows);
    let mut groups: Vec<Option<u32>> = vec![None; n_rows];
    let mut n_groups = 0;
    for start in 0..n_rows {
        if !is_core(start) || groups.get(start).is_some_and(Option::is_some) {
            continue;
        }
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            let Some(slot) = groups.get_mut(at).filter(|slot| slot.is_none()) else { continue };
            *slot = Some(n_groups);
            let others = near.get(at).map(Vec::as_slice).unwrap_or_default();
            open.extend(others.iter().map(|other| *other as usize).filter(|other| is_core(*other)));
        }
        n_groups += 1;
    }
    if n_groups == 0 {
        let most = near.iter().map(Vec::len).max().unwrap_or(0);
        return Err(Trouble::new(
            "cluster-none",
            say!(
                "no row has {min_rows} rows within a distance of {radius}; the most is {most}",
                "没有任何行在距离 {radius} 之内有 {min_rows} 行；最多为 {most} 行"
            ),
        )
        .advice(say!(
            "Make the radius larger, or ask for fewer rows.",
            "请增大半径，或减少所需行数。"
        ))
        .param("radius"));
    }
    let mut points = Vec::new();
    let mut labels = Vec::new();
    for (row, group) in rows.chunks(width).zip(groups) {
        if let Some(group) = group {
            points.extend_from_slice(row);
            labels.push(group);
        }
    }
    Ok(Found { points, labels, radius: Some(radius) })
}
