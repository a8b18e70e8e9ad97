//! The arithmetic of the kernels on plain slices: it knows no burn, so that each piece is tested and timed alone.
//!
//! Every function gives the same numbers, to the last bit, for any number of threads: where chunks of the work are added
//! up, their size does not depend on the threads, and they are added in order. NaN and infinity go where PyTorch
//! lets them go.

pub mod attention;
pub mod batch_norm;
pub mod convolve;
pub mod curve;
pub mod dropout;
pub mod functions;
pub mod gather;
pub mod gemm;
pub mod join;
pub mod norm;
pub mod optimize;
pub mod pool;
pub mod recurrent;
pub mod reduce;
pub mod simd;
pub mod softmax;

/// Numbers that are not worth waking a second thread.
const SMALL: usize = 64 * 1024;

/// Numbers that one thread treats at a time otherwise.
const CHUNK: usize = 16 * 1024;

/// Rows of one chunk of a pass without sums over rows.
fn rows_per_chunk(n_rows: usize, width: usize) -> usize {
    if n_rows * width <= SMALL { n_rows.max(1) } else { (CHUNK / width).max(1) }
}

/// How many windows of `kernel` numbers that lie `dilation` apart fit on `length` numbers, one every `stride`.
fn n_windows(length: usize, kernel: usize, dilation: usize, stride: usize) -> usize {
    let reach = dilation * (kernel - 1) + 1;
    if length < reach { 0 } else { (length - reach) / stride + 1 }
}
