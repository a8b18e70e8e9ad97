//! Seeds of dropout: every use within a step has one of its own, decided by the seed of the step and by its turn.

use std::cell::Cell;

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// Odd, so that the seeds of a step are all different (Steele, Lea and Flood, Fast splittable pseudorandom number
/// generators, 2014).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Begins the forward pass of a step on this thread.
pub fn begin(seed: u64) {
    NEXT.set(seed);
}

/// The seed of the next use.
pub fn next() -> u64 {
    let seed = NEXT.get().wrapping_add(GOLDEN);
    NEXT.set(seed);
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_repeats_and_its_uses_differ() {
        let seeds = |seed| {
            begin(seed);
            [next(), next(), next()]
        };
        let first = seeds(7);
        assert_eq!(first, seeds(7));
        assert!(first[0] != first[1] && first[1] != first[2]);
        assert_ne!(first, seeds(8));
    }
}
