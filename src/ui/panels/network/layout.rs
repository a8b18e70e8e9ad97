//! Where the boxes of a network stand: ranks along the flow, lanes across it, and the way of every connection.
//!
//! Pure: positions are whole numbers, so that the same network always looks the same.

/// Where one box stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// Steps from where data enters.
    pub(super) rank: usize,
    /// 0 for the main line; branches stand beside it.
    pub(super) lane: i32,
}

/// A connection between two boxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Lane that it takes where it passes other boxes.
    pub(super) lane: i32,
}

/// The whole layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) spots: Vec<Spot>,
    pub(super) edges: Vec<Edge>,
    pub(super) n_ranks: usize,
    /// Lowest and highest lane that is used.
    pub(super) lanes: [i32; 2],
}

/// Ranks that a lane is taken for.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: usize,
    last: usize,
}

impl Layout {
    /// The layout of boxes given by the boxes that lead into each; every box stands behind its inputs in the list.
    pub(super) fn of(inputs: &[Vec<usize>]) -> Self {
        let ranks = ranks(inputs);
        let tracks = tracks(inputs, &ranks);
        let n_tracks = tracks.iter().map(|track| track + 1).max().unwrap_or_default();
        let rank = |node: usize| ranks.get(node).copied().unwrap_or_default();
        let mut spans: Vec<Span> = Vec::new();
        for track in 0..n_tracks {
            let of_track =
                || (0..inputs.len()).filter(|node| tracks.get(*node) == Some(&track)).map(rank);
            let (first, last) =
                (of_track().min().unwrap_or_default(), of_track().max().unwrap_or_default());
            spans.push(Span { first, last });
        }
        let pairs = || {
            inputs
                .iter()
                .enumerate()
                .flat_map(|(to, from)| from.iter().map(move |from| (*from, to)))
        };
        // A connection that passes boxes of its own line needs a lane beside them.
        let passes: Vec<(usize, usize)> =
            pairs().filter(|(from, to)| rank(*to) > rank(*from) + 1).collect();
        spans.extend(
            passes.iter().map(|(from, to)| Span { first: rank(*from) + 1, last: rank(*to) - 1 }),
        );
        let lanes = lanes(&spans, main_track(&spans, n_tracks));
        let lane = |index: usize| lanes.get(index).copied().unwrap_or_default();
        let track_lane = |node: usize| lane(tracks.get(node).copied().unwrap_or_default());
        let edges = pairs().map(|(from, to)| {
            let pass = passes.iter().position(|pass| *pass == (from, to));
            Edge {
                from,
                to,
                lane: pass.map_or_else(|| track_lane(to), |pass| lane(n_tracks + pass)),
            }
        });
        Self {
            spots: (0..inputs.len())
                .map(|node| Spot { rank: rank(node), lane: track_lane(node) })
                .collect(),
            edges: edges.collect(),
            n_ranks: ranks.iter().map(|rank| rank + 1).max().unwrap_or_default(),
            lanes: [
                lanes.iter().copied().min().unwrap_or_default(),
                lanes.iter().copied().max().unwrap_or_default(),
            ],
        }
    }
}

/// The longest way to each box.
fn ranks(inputs: &[Vec<usize>]) -> Vec<usize> {
    let mut ranks: Vec<usize> = Vec::with_capacity(inputs.len());
    for from in inputs {
        let before = from.iter().filter_map(|node| ranks.get(*node)).max();
        ranks.push(before.map_or(0, |rank| rank + 1));
    }
    ranks
}

/// Lines of boxes that follow one another: the box with the longest way to the end goes on with the line.
fn tracks(inputs: &[Vec<usize>], ranks: &[usize]) -> Vec<usize> {
    let mut heights = vec![0_usize; inputs.len()];
    for (node, from) in inputs.iter().enumerate().rev() {
        let height = heights.get(node).copied().unwrap_or_default() + 1;
        for input in from {
            if let Some(other) = heights.get_mut(*input) {
                *other = (*other).max(height);
            }
        }
    }
    // Who goes on with the line of each box.
    let mut heir: Vec<Option<usize>> = vec![None; inputs.len()];
    for (node, from) in inputs.iter().enumerate() {
        for input in from {
            if ranks.get(node) != ranks.get(*input).map(|rank| rank + 1).as_ref() {
                continue;
            }
            if let Some(place) = heir.get_mut(*input)
                && place.is_none_or(|other| heights.get(node) > heights.get(other))
            {
                *place = Some(node);
            }
        }
    }
    let mut tracks = Vec::with_capacity(inputs.len());
    let mut n_tracks = 0;
    for (node, from) in inputs.iter().enumerate() {
        let parent =
            from.iter().copied().filter(|input| heir.get(*input) == Some(&Some(node))).min();
        let track = parent.and_then(|parent| tracks.get(parent).copied()).unwrap_or_else(|| {
            n_tracks += 1;
            n_tracks - 1
        });
        tracks.push(track);
    }
    tracks
}

/// The longest line stands in the middle.
fn main_track(spans: &[Span], n_tracks: usize) -> usize {
    let length = |span: &Span| span.last - span.first;
    let tracks = spans.iter().take(n_tracks).enumerate();
    tracks
        .max_by_key(|(index, span)| (length(span), std::cmp::Reverse(*index)))
        .map_or(0, |(index, _)| index)
}

/// A lane for each span, so that spans which share a rank lie apart: the nearest to the middle that is free, above first.
fn lanes(spans: &[Span], main: usize) -> Vec<i32> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|index| {
        (*index != main, spans.get(*index).map(|span| (span.first, span.last)))
    });
    let mut taken: Vec<(i32, Span)> = Vec::new();
    let mut lanes = vec![0; spans.len()];
    for index in order {
        let Some(span) = spans.get(index).copied() else { continue };
        let is_free = |lane: &i32| {
            taken.iter().all(|(other, used)| {
                other != lane || used.last < span.first || span.last < used.first
            })
        };
        let n_tries = spans.len() as i32;
        let lane = (0..=n_tries)
            .map(|step| if step % 2 == 0 { step / 2 } else { -(step + 1) / 2 })
            .find(is_free);
        let lane = lane.unwrap_or_default();
        taken.push((lane, span));
        if let Some(place) = lanes.get_mut(index) {
            *place = lane;
        }
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(inputs: &[&[usize]], expected: &str) {
        let inputs: Vec<Vec<usize>> = inputs.iter().map(|from| from.to_vec()).collect();
        let layout = Layout::of(&inputs);
        let spots: Vec<String> =
            layout.spots.iter().map(|spot| format!("{}/{}", spot.rank, spot.lane)).collect();
        let edges: Vec<String> = layout
            .edges
            .iter()
            .map(|edge| format!("{}-{}:{}", edge.from, edge.to, edge.lane))
            .collect();
        assert_eq!(format!("{} | {}", spots.join(" "), edges.join(" ")), expected);
    }

    #[test]
    fn a_chain_stands_in_one_line() {
        check(&[&[], &[0], &[1]], "0/0 1/0 2/0 | 0-1:0 1-2:0");
        assert_eq!(Layout::of(&[]), Layout::default());
    }

    #[test]
    fn a_short_cut_passes_beside_the_line() {
        check(&[&[], &[0], &[1], &[2, 0]], "0/0 1/0 2/0 3/0 | 0-1:0 1-2:0 2-3:0 0-3:-1");
    }

    #[test]
    fn branches_of_equal_length_stand_beside_each_other() {
        check(&[&[], &[0], &[0], &[1, 2]], "0/0 1/0 1/-1 2/0 | 0-1:0 0-2:-1 1-3:0 2-3:0");
    }

    #[test]
    fn two_entries_meet() {
        let layout = Layout::of(&[vec![], vec![], vec![0, 1], vec![2]]);
        let spots: Vec<(usize, i32)> =
            layout.spots.iter().map(|spot| (spot.rank, spot.lane)).collect();
        assert_eq!(spots, [(0, 0), (0, -1), (1, 0), (2, 0)]);
        assert_eq!((layout.n_ranks, layout.lanes), (3, [-1, 0]));
    }
}
