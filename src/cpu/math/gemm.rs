//! Matrix products `C = A · B`, the heart of dense layers, convolutions, recurrent layers and attention.
//!
//! The right factor is laid out in strips as wide as a tile of the result, unless the product is small; the left one
//! is read where it lies. Each number of the result is one sum over the inner dimension in an order that depends on
//! that dimension alone, so it is the same to the last bit however threads share the result. The scheme is that of
//! Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).

mod kernel;
mod pack;
mod product;
mod vector;

use std::ops::Range;

use pulp::Arch;
use rayon::prelude::*;

use kernel::{Out, widths};
pub use pack::Packed;
use product::{Right, multiply};

/// A matrix in a slice: element (i, j) lies at `i * row_stride + j * col_stride`.
#[derive(Clone, Copy, Debug)]
pub struct Mat<'a> {
    pub data: &'a [f32],
    pub n_rows: usize,
    pub n_cols: usize,
    pub row_stride: usize,
    pub col_stride: usize,
}

/// A matrix to write, its rows contiguous: element (i, j) lies at `i * row_stride + j`.
#[derive(Debug)]
pub struct MatMut<'a> {
    pub data: &'a mut [f32],
    pub n_rows: usize,
    pub n_cols: usize,
    pub row_stride: usize,
}

/// What the result begins with.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// `C = A · B`.
    Zero,
    /// `C += A · B`.
    Keep,
    /// `C = A · B + bias`, one number per column.
    PerColumn(&'a [f32]),
    /// `C = A · B + bias`, one number per row.
    PerRow(&'a [f32]),
}

/// What happens to each finished number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finish {
    Nothing,
    /// Below zero becomes zero, NaN stays NaN.
    Relu,
}

impl<'a> Mat<'a> {
    /// A matrix whose rows follow each other.
    pub fn new(data: &'a [f32], n_rows: usize, n_cols: usize) -> Self {
        Self { data, n_rows, n_cols, row_stride: n_cols, col_stride: 1 }
    }

    /// The same numbers with rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self {
            n_rows: self.n_cols,
            n_cols: self.n_rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }

    /// The part where the given rows and columns meet.
    fn block(self, rows: Range<usize>, cols: Range<usize>) -> Self {
        let first = rows.start * self.row_stride + cols.start * self.col_stride;
        let data = self.data.get(first..).unwrap_or_default();
        Self { data, n_rows: rows.len(), n_cols: cols.len(), ..self }
    }

    /// Whether each row is a slice.
    fn has_rows(&self) -> bool {
        self.col_stride == 1
    }

    /// Whether each column is a slice, none overlapping another.
    fn has_columns(&self) -> bool {
        self.row_stride == 1 && self.col_stride >= self.n_rows.max(1)
    }
}

impl<'a> MatMut<'a> {
    /// A matrix whose rows follow each other.
    pub fn new(data: &'a mut [f32], n_rows: usize, n_cols: usize) -> Self {
        Self { data, n_rows, n_cols, row_stride: n_cols }
    }
}

impl Start<'_> {
    fn of_rows(self, rows: Range<usize>) -> Self {
        match self {
            Self::PerRow(bias) => Self::PerRow(&bias[rows]),
            other => other,
        }
    }

    fn of_cols(self, cols: Range<usize>) -> Self {
        match self {
            Self::PerColumn(bias) => Self::PerColumn(&bias[cols]),
            other => other,
        }
    }
}

/// A right factor that is read in pieces: a [`Mat`], or the windows of a picture without writing them out.
pub trait Source: Sync {
    /// Rows and columns.
    fn size(&self) -> [usize; 2];

    /// Writes the piece `rows × cols` into `out`, one row every `width` numbers (`width >= cols.len()`); what lies
    /// between `cols.len()` and `width` is set to zero.
    fn read(&self, rows: Range<usize>, cols: Range<usize>, out: &mut [f32], width: usize);

    /// The factor where it lies in memory as a matrix; small products then need not copy it.
    fn as_mat(&self) -> Option<Mat<'_>> {
        None
    }
}

/// Some columns of a right factor.
struct Columns<'a, B> {
    source: &'a B,
    cols: Range<usize>,
}

impl<B: Source> Source for Columns<'_, B> {
    fn size(&self) -> [usize; 2] {
        [self.source.size()[0], self.cols.len()]
    }

    fn read(&self, rows: Range<usize>, cols: Range<usize>, out: &mut [f32], width: usize) {
        let first = self.cols.start;
        self.source.read(rows, first + cols.start..first + cols.end, out, width);
    }

    fn as_mat(&self) -> Option<Mat<'_>> {
        self.source.as_mat().map(|b| b.block(0..b.n_rows, self.cols.clone()))
    }
}

/// With so many rows, threads share the rows of the result, otherwise its longer side.
const MANY_ROWS: usize = 256;
/// Multiplications worth a task of their own: about 20 µs.
const TASK: usize = 1 << 20;

/// The product on the calling thread.
pub fn gemm(a: Mat<'_>, b: &impl Source, mut c: MatMut<'_>, start: Start<'_>, finish: Finish) {
    check(&a, b.size(), &c, start);
    if c.n_cols == 1 {
        vector::times_column(a, b, &mut c, start, finish);
    } else if let (1, Some(b)) = (c.n_rows, b.as_mat()) {
        vector::row_times(a, b, &mut c, start, finish);
    } else {
        multiply(Arch::new(), a, &Right::Source(b), Out::Whole(c), start, finish);
    }
}

/// The product on the calling thread with a factor that is laid out already.
pub fn gemm_packed(a: Mat<'_>, b: &Packed, c: MatMut<'_>, start: Start<'_>, finish: Finish) {
    check(&a, b.size(), &c, start);
    multiply(Arch::new(), a, &Right::<Mat<'_>>::Packed(b), Out::Whole(c), start, finish);
}

/// The product on all threads of the current pool; the same numbers as [`gemm`].
pub fn par_gemm(a: Mat<'_>, b: &impl Source, c: MatMut<'_>, start: Start<'_>, finish: Finish) {
    let MatMut { n_rows, n_cols, row_stride, .. } = c;
    let arch = Arch::new();
    let n_tasks = (n_rows * n_cols * a.n_cols / TASK).min(2 * rayon::current_num_threads());
    if n_tasks < 2 || n_rows == 1 || n_cols == 1 {
        return gemm(a, b, c, start, finish);
    }
    check(&a, b.size(), &c, start);
    if n_rows >= MANY_ROWS.min(n_cols) {
        let size = n_rows.div_ceil(n_tasks).next_multiple_of(8);
        let b = Packed::lent(arch, b);
        c.data.par_chunks_mut(size * row_stride).enumerate().for_each(|(i, data)| {
            let rows = (i * size).min(n_rows)..((i + 1) * size).min(n_rows);
            let a = a.block(rows.clone(), 0..a.n_cols);
            let c = Out::Whole(MatMut { data, n_rows: rows.len(), n_cols, row_stride });
            multiply(arch, a, &Right::<Mat<'_>>::Packed(&b), c, start.of_rows(rows), finish);
        });
        b.give_back();
    } else {
        let size = n_cols.div_ceil(n_tasks).next_multiple_of(widths(arch).0);
        let mut pieces: Vec<_> =
            (0..n_cols.div_ceil(size)).map(|_| Vec::with_capacity(n_rows)).collect();
        for row in c.data.chunks_mut(row_stride).take(n_rows) {
            for (pieces, piece) in pieces.iter_mut().zip(row[..n_cols].chunks_mut(size)) {
                pieces.push(piece);
            }
        }
        pieces.into_par_iter().enumerate().for_each(|(i, c)| {
            let cols = i * size..((i + 1) * size).min(n_cols);
            let b = Columns { source: b, cols: cols.clone() };
            multiply(arch, a, &Right::Source(&b), Out::Pieces(c), start.of_cols(cols), finish);
        });
    }
}

fn check(a: &Mat<'_>, [n_rows, n_cols]: [usize; 2], c: &MatMut<'_>, start: Start<'_>) {
    assert_eq!(a.n_cols, n_rows, "inner dimensions differ");
    assert_eq!([a.n_rows, n_cols], [c.n_rows, c.n_cols], "the result has another shape");
    assert!(c.n_rows <= 1 || c.row_stride >= c.n_cols, "rows of the result overlap");
    match start {
        Start::PerColumn(bias) => assert_eq!(bias.len(), n_cols, "one number per column"),
        Start::PerRow(bias) => assert_eq!(bias.len(), a.n_rows, "one number per row"),
        Start::Zero | Start::Keep => {}
    }
}

#[cfg(test)]
mod tests {
    use super::product::{BLOCK, DEPTH};
    use super::*;

    /// Pseudo-random numbers in -1..1, the same in every run (xorshift32).
    fn numbers(n: usize, seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as f32 / u32::MAX as f32 * 2.0 - 1.0
        };
        (0..n).map(|_| next()).collect()
    }

    /// A matrix of the size whose numbers lie in one of several ways: by rows, by columns, by rows with gaps, with
    /// gaps both ways.
    fn mat(data: &[f32], n_rows: usize, n_cols: usize, way: usize) -> Mat<'_> {
        match way {
            0 => Mat::new(data, n_rows, n_cols),
            1 => Mat::new(data, n_cols, n_rows).transposed(),
            2 => Mat { row_stride: n_cols + 3, ..Mat::new(data, n_rows, n_cols) },
            _ => Mat { data, n_rows, n_cols, row_stride: 2, col_stride: 2 * n_rows + 1 },
        }
    }

    /// A source that can only be read.
    struct Unseen<'a>(Mat<'a>);

    impl Source for Unseen<'_> {
        fn size(&self) -> [usize; 2] {
            self.0.size()
        }

        fn read(&self, rows: Range<usize>, cols: Range<usize>, out: &mut [f32], width: usize) {
            self.0.read(rows, cols, out, width);
        }
    }

    fn plain(a: Mat<'_>, b: Mat<'_>, c: &[f32], start: Start<'_>, finish: Finish) -> Vec<f32> {
        let mut out = Vec::new();
        for i in 0..a.n_rows {
            for j in 0..b.n_cols {
                let mut sum = match start {
                    Start::Zero => 0.0,
                    Start::Keep => f64::from(c[i * b.n_cols + j]),
                    Start::PerColumn(bias) => f64::from(bias[j]),
                    Start::PerRow(bias) => f64::from(bias[i]),
                };
                for k in 0..a.n_cols {
                    sum += f64::from(a.data[i * a.row_stride + k * a.col_stride])
                        * f64::from(b.data[k * b.row_stride + j * b.col_stride]);
                }
                out.push(if finish == Finish::Relu { sum.max(0.0) } else { sum } as f32);
            }
        }
        out
    }

    fn close(x: &[f32], y: &[f32]) -> bool {
        let largest = y.iter().fold(1.0f32, |largest, y| largest.max(y.abs()));
        x.len() == y.len() && x.iter().zip(y).all(|(x, y)| (x - y).abs() <= 1e-5 * largest)
    }

    fn check_all(arch: Arch, m: usize, k: usize, n: usize, case: usize) {
        let seed = (m * 31 + k * 7 + n) as u32;
        let (a_data, b_data) =
            (numbers(2 * (m + 3) * (k + 3), seed), numbers(2 * (k + 3) * (n + 3), seed + 1));
        let a = mat(&a_data, m, k, case % 4);
        let b = mat(&b_data, k, n, case / 4 % 4);
        let (per_row, per_col) = (numbers(m, 3), numbers(n, 4));
        let starts =
            [Start::Zero, Start::Keep, Start::PerColumn(&per_col), Start::PerRow(&per_row)];
        let start = starts[case / 3 % 4];
        let finish = [Finish::Nothing, Finish::Relu][case / 2 % 2];
        let before = numbers(m * n, 5);
        let expected = plain(a, b, &before, start, finish);
        let run = |product: &dyn Fn(MatMut<'_>)| {
            // The result lies in wider rows, whose further numbers must stay as they are.
            let pitch = n + 2;
            let mut wide = vec![7.0; m * pitch];
            for (wide, before) in wide.chunks_mut(pitch).zip(before.chunks(n.max(1))) {
                wide[..n].copy_from_slice(before);
            }
            product(MatMut { data: &mut wide, n_rows: m, n_cols: n, row_stride: pitch });
            assert!(wide.chunks(pitch).all(|row| row[n..] == [7.0, 7.0]));
            let c: Vec<f32> = wide.chunks(pitch).flat_map(|row| &row[..n]).copied().collect();
            assert!(
                close(&c, &expected),
                "{m} x {k} x {n}, case {case}: {c:?} instead of {expected:?}"
            );
            c
        };
        let once = run(&|c| gemm(a, &b, c, start, finish));
        assert_eq!(once, run(&|c| par_gemm(a, &b, c, start, finish)));
        run(&|c| gemm_packed(a, &Packed::new(&b), c, start, finish));
        run(&|c| gemm(a, &Unseen(b), c, start, finish));
        run(&|c| multiply(arch, a, &Right::Source(&b), Out::Whole(c), start, finish));
    }

    /// What this processor can run: everything it has, without AVX-512, without any vectors.
    fn archs() -> Vec<Arch> {
        #[cfg(target_arch = "x86_64")]
        let older = pulp::x86::V3::try_new().map(Arch::V3);
        #[cfg(not(target_arch = "x86_64"))]
        let older = None;
        [Arch::new(), Arch::Scalar].into_iter().chain(older).collect()
    }

    #[test]
    fn equals_plain_for_all_layouts_and_edges() {
        let mut case = 0;
        for arch in archs() {
            for m in [0, 1, 2, 5, 8, 15, 33] {
                for k in [0, 1, 9, 64] {
                    for n in [0, 1, 10, 16, 17, 47, 48, 49, 113] {
                        check_all(arch, m, k, n, case);
                        case += 1;
                    }
                }
            }
        }
    }

    #[test]
    fn equals_plain_where_blocks_begin() {
        for (case, arch) in archs().into_iter().enumerate() {
            check_all(arch, 17, DEPTH + 1, 50, 5 + case);
            check_all(arch, 3, 2 * DEPTH + 1, 20, case);
            check_all(arch, BLOCK / DEPTH + 9, DEPTH, 50, 3 + case);
            check_all(arch, BLOCK / DEPTH + 9, DEPTH + 7, 50, 4 * case);
        }
    }

    #[test]
    fn bits_do_not_depend_on_threads() {
        for (m, k, n) in [
            (64, 784, 128),
            (300, 100, 129),
            (257, 128, 130),
            (40, 2000, 97),
            (7, 700, 999),
            (1000, 300, 10),
        ] {
            let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
            let (a, b) = (Mat::new(&a, k, m).transposed(), Mat::new(&b, k, n));
            let bias = numbers(n, 3);
            let mut expected = vec![0.0; m * n];
            gemm(a, &b, MatMut::new(&mut expected, m, n), Start::PerColumn(&bias), Finish::Relu);
            for n_threads in [1, 2, 3] {
                let pool =
                    rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("a pool");
                let mut c = vec![0.0; m * n];
                pool.install(|| {
                    par_gemm(
                        a,
                        &b,
                        MatMut::new(&mut c, m, n),
                        Start::PerColumn(&bias),
                        Finish::Relu,
                    );
                });
                assert!(c == expected, "{m} x {k} x {n} with {n_threads} threads");
            }
        }
    }

    #[test]
    fn not_a_number_shows() {
        for m in [1, 9] {
            let mut a = vec![1.0; m * 5];
            a[2] = f32::NAN;
            let b = vec![-1.0; 5 * 20];
            let mut c = vec![0.0; m * 20];
            gemm(
                Mat::new(&a, m, 5),
                &Mat::new(&b, 5, 20),
                MatMut::new(&mut c, m, 20),
                Start::Zero,
                Finish::Relu,
            );
            assert!(c[..20].iter().all(|c| c.is_nan()) && c[20..].iter().all(|c| *c == 0.0));
        }
    }
}
