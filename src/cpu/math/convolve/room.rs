//! Memory that is kept from step to step: to get it from the system anew costs as much as laying out a picture.

use std::cell::Cell;

thread_local! {
    static ROOM: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Lends memory in pieces of the given sizes; it holds anything.
pub(super) fn with_room<R, const N: usize>(
    sizes: [usize; N],
    work: impl FnOnce([&mut [f32]; N]) -> R,
) -> R {
    // Taken out, as this thread may begin another convolution while it waits for the others in this one.
    let mut room = ROOM.take();
    let size = sizes.iter().sum();
    if room.len() < size {
        room = vec![0.0; size];
    }
    let mut rest = &mut room[..];
    let result = work(sizes.map(|size| rest.split_off_mut(..size).unwrap_or_default()));
    ROOM.set(room);
    result
}
