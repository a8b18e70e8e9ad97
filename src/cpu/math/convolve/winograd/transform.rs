//! The matrices of Winograd's algorithm for the points 0, ±P, ±Q and ∞.

use pulp::Simd;

use super::{OUT, TILE};

/// Interpolation points ±P, ±Q.
const P: f32 = 0.75;
const Q: f32 = 1.5;
const PP: f32 = P * P;
const QQ: f32 = Q * Q;
/// Denominators of the Lagrange polynomials at 0, ±P and ±Q.
const N0: f32 = PP * QQ;
const NP: f32 = 2.0 * PP * (PP - QQ);
const NQ: f32 = 2.0 * QQ * (QQ - PP);

/// One of the matrices of the algorithm.
pub(super) trait Transform<const N: usize, const M: usize> {
    fn times<S: Simd>(simd: S, d: [S::f32s; N]) -> [S::f32s; M];
}

/// `T d Tᵀ`.
#[inline(always)]
pub(super) fn both_ways<S: Simd, T: Transform<N, M>, const N: usize, const M: usize>(
    simd: S,
    d: [[S::f32s; N]; N],
) -> [[S::f32s; M]; M] {
    let mut half = [[simd.splat_f32s(0.0); N]; M];
    for col in 0..N {
        let mut column = [simd.splat_f32s(0.0); N];
        for row in 0..N {
            column[row] = d[row][col];
        }
        let column = T::times(simd, column);
        for row in 0..M {
            half[row][col] = column[row];
        }
    }
    let mut out = [[simd.splat_f32s(0.0); M]; M];
    for row in 0..M {
        out[row] = T::times(simd, half[row]);
    }
    out
}

/// `Bᵀ`, for what the result is made of.
pub(super) struct Picture;

impl Transform<TILE, TILE> for Picture {
    #[inline(always)]
    fn times<S: Simd>(simd: S, d: [S::f32s; TILE]) -> [S::f32s; TILE] {
        let p_even = fma(simd, -QQ, d[2], d[4]);
        let p_odd = fma(simd, -QQ, d[1], d[3]);
        let q_even = fma(simd, -PP, d[2], d[4]);
        let q_odd = fma(simd, -PP, d[1], d[3]);
        [
            fma(simd, N0, d[0], fma(simd, -(PP + QQ), d[2], d[4])),
            fma(simd, P, p_odd, p_even),
            fma(simd, -P, p_odd, p_even),
            fma(simd, Q, q_odd, q_even),
            fma(simd, -Q, q_odd, q_even),
            fma(simd, N0, d[1], fma(simd, -(PP + QQ), d[3], d[5])),
        ]
    }
}

/// `A`, for the gradient of the result.
pub(super) struct Spread;

impl Transform<OUT, TILE> for Spread {
    #[inline(always)]
    fn times<S: Simd>(simd: S, dy: [S::f32s; OUT]) -> [S::f32s; TILE] {
        let p_even = fma(simd, PP, dy[2], dy[0]);
        let p_odd = fma(simd, PP, dy[3], dy[1]);
        let q_even = fma(simd, QQ, dy[2], dy[0]);
        let q_odd = fma(simd, QQ, dy[3], dy[1]);
        [
            dy[0],
            fma(simd, P, p_odd, p_even),
            fma(simd, -P, p_odd, p_even),
            fma(simd, Q, q_odd, q_even),
            fma(simd, -Q, q_odd, q_even),
            dy[3],
        ]
    }
}

/// `G`, for the weights.
pub(super) struct Kernel;

impl Transform<3, TILE> for Kernel {
    #[inline(always)]
    fn times<S: Simd>(simd: S, g: [S::f32s; 3]) -> [S::f32s; TILE] {
        let p_even = fma(simd, PP / NP, g[2], times(simd, 1.0 / NP, g[0]));
        let q_even = fma(simd, QQ / NQ, g[2], times(simd, 1.0 / NQ, g[0]));
        [
            times(simd, 1.0 / N0, g[0]),
            fma(simd, P / NP, g[1], p_even),
            fma(simd, -P / NP, g[1], p_even),
            fma(simd, Q / NQ, g[1], q_even),
            fma(simd, -Q / NQ, g[1], q_even),
            g[2],
        ]
    }
}

/// `Aᵀ`, for the result.
pub(super) struct Sum;

impl Transform<TILE, OUT> for Sum {
    #[inline(always)]
    fn times<S: Simd>(simd: S, m: [S::f32s; TILE]) -> [S::f32s; OUT] {
        let (p_sum, p_gap) = (simd.add_f32s(m[1], m[2]), simd.sub_f32s(m[1], m[2]));
        let (q_sum, q_gap) = (simd.add_f32s(m[3], m[4]), simd.sub_f32s(m[3], m[4]));
        [
            simd.add_f32s(m[0], simd.add_f32s(p_sum, q_sum)),
            fma(simd, P, p_gap, times(simd, Q, q_gap)),
            fma(simd, PP, p_sum, times(simd, QQ, q_sum)),
            fma(simd, P * PP, p_gap, fma(simd, Q * QQ, q_gap, m[5])),
        ]
    }
}

/// `Gᵀ`, for the gradient of the weights.
pub(super) struct KernelSum;

impl Transform<TILE, 3> for KernelSum {
    #[inline(always)]
    fn times<S: Simd>(simd: S, u: [S::f32s; TILE]) -> [S::f32s; 3] {
        let (p_sum, p_gap) = (simd.add_f32s(u[1], u[2]), simd.sub_f32s(u[1], u[2]));
        let (q_sum, q_gap) = (simd.add_f32s(u[3], u[4]), simd.sub_f32s(u[3], u[4]));
        [
            fma(simd, 1.0 / N0, u[0], fma(simd, 1.0 / NP, p_sum, times(simd, 1.0 / NQ, q_sum))),
            fma(simd, P / NP, p_gap, times(simd, Q / NQ, q_gap)),
            fma(simd, PP / NP, p_sum, fma(simd, QQ / NQ, q_sum, u[5])),
        ]
    }
}

#[inline(always)]
fn fma<S: Simd>(simd: S, factor: f32, value: S::f32s, plus: S::f32s) -> S::f32s {
    simd.mul_add_f32s(simd.splat_f32s(factor), value, plus)
}

#[inline(always)]
fn times<S: Simd>(simd: S, factor: f32, value: S::f32s) -> S::f32s {
    simd.mul_f32s(simd.splat_f32s(factor), value)
}
