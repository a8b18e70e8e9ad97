//! Pictures laid out with their padding in flat planes, so that a window's number is the same shift at every position.

use std::ops::Range;

use super::Convolution;
use super::product::LANES;

/// One number of the kernel along one axis: where it reads and which positions of the result it serves.
#[derive(Clone, Copy, Debug)]
struct Tap {
    /// Number in the kernel.
    index: usize,
    /// Position of the result modulo [`Axis::out_stride`].
    class: usize,
    /// Plane it reads, of those for the residues modulo the stride of reading.
    plane: usize,
    /// Cells from a position of the result to what it reads.
    shift: usize,
}

/// One axis of the picture that is read and of the result.
///
/// Cell t of plane q holds position `t * in_stride + phases[q] - padding` of the picture, zero outside of it.
#[derive(Clone, Debug)]
struct Axis {
    n_in: usize,
    in_stride: usize,
    padding: isize,
    phases: Vec<usize>,
    out_stride: usize,
    n_out: usize,
    taps: Vec<Tap>,
    /// Cells per row of a plane. The zeros after a row serve as those before the next, so they may be fewer than the
    /// cells that are read.
    pitch: usize,
    /// The cells of a row of each plane that hold positions of the picture.
    inside: Vec<Range<usize>>,
}

impl Axis {
    fn forward(shape: &Convolution, axis: usize) -> Self {
        let (stride, dilation) = (shape.stride[axis], shape.dilation[axis]);
        let mut phases = Vec::new();
        let taps = (0..shape.kernel[axis])
            .map(|index| {
                let phase = index * dilation % stride;
                let plane = phases.iter().position(|known| *known == phase).unwrap_or_else(|| {
                    phases.push(phase);
                    phases.len() - 1
                });
                Tap { index, class: 0, plane, shift: index * dilation / stride }
            })
            .collect();
        Self {
            n_in: shape.in_size[axis],
            in_stride: stride,
            padding: shape.padding_start[axis] as isize,
            phases,
            out_stride: 1,
            n_out: shape.out_size()[axis],
            taps,
            pitch: 0,
            inside: Vec::new(),
        }
        .with_pitch()
    }

    /// Reads the result's gradient: position i of the picture gets, for each kernel number k for which the division has
    /// no rest, position `(i + padding - k * dilation) / stride` of the result.
    fn backward(shape: &Convolution, axis: usize) -> Self {
        let stride = shape.stride[axis] as isize;
        let mut reads = Vec::new();
        for class in 0..stride.min(shape.in_size[axis] as isize) {
            for index in 0..shape.kernel[axis] {
                let from = class + shape.padding_start[axis] as isize
                    - (index * shape.dilation[axis]) as isize;
                if from.rem_euclid(stride) == 0 {
                    reads.push((class as usize, index, from.div_euclid(stride)));
                }
            }
        }
        let first = reads.iter().map(|(_, _, from)| *from).min().unwrap_or(0);
        let taps = reads
            .into_iter()
            .map(|(class, index, from)| Tap {
                index,
                class,
                plane: 0,
                shift: (from - first) as usize,
            })
            .collect();
        Self {
            n_in: shape.out_size()[axis],
            in_stride: 1,
            padding: -first,
            phases: vec![0],
            out_stride: shape.stride[axis],
            n_out: shape.in_size[axis],
            taps,
            pitch: 0,
            inside: Vec::new(),
        }
        .with_pitch()
    }

    fn with_pitch(mut self) -> Self {
        let n_cells =
            self.taps.iter().map(|tap| self.n_out_of(tap.class) + tap.shift).max().unwrap_or(0);
        let shared = (0..self.phases.len())
            .map(|plane| {
                let inside = self.cells_inside(plane, n_cells);
                inside.start.min(n_cells - inside.end)
            })
            .min()
            .unwrap_or(0);
        self.pitch = (n_cells - shared).max(self.n_out_of(0)).max(1);
        self.inside =
            (0..self.phases.len()).map(|plane| self.cells_inside(plane, self.pitch)).collect();
        self
    }

    /// Positions of the result in a class.
    fn n_out_of(&self, class: usize) -> usize {
        (self.n_out + self.out_stride - 1 - class) / self.out_stride
    }

    /// The cells of a plane, of so many, that hold positions of the picture.
    fn cells_inside(&self, plane: usize, n_cells: usize) -> Range<usize> {
        let first_cell_from = |position: isize| {
            let cell = (position + self.padding - self.phases[plane] as isize
                + self.in_stride as isize
                - 1)
            .div_euclid(self.in_stride as isize);
            cell.clamp(0, n_cells as isize) as usize
        };
        first_cell_from(0)..first_cell_from(self.n_in as isize)
    }

    /// Position of the picture in a cell that is inside.
    fn position(&self, plane: usize, cell: usize) -> usize {
        ((cell * self.in_stride + self.phases[plane]) as isize - self.padding) as usize
    }
}

/// What one class of positions of the result needs: the numbers it reads, for each channel of the picture.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// First row and column of the result; the others follow at [`Grid::out_stride`].
    pub(super) first: [usize; 2],
    /// Rows and columns of the result.
    pub(super) size: [usize; 2],
    /// Index in the kernel (row by row) and shift in the planes of a channel, per number read.
    pub(super) taps: Vec<(usize, usize)>,
}

/// The layout of a group of images: channel by channel, plane by plane, image by image, row by row.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    rows: Axis,
    cols: Axis,
    /// Images that lie behind each other in one plane.
    pub(super) n_images: usize,
    n_channels: usize,
    kernel_cols: usize,
    pub(super) classes: Vec<Class>,
    len: usize,
}

/// Points per product that make the work around it negligible; smaller pictures share a plane.
const FEW_POINTS: usize = 192;

impl Grid {
    /// The layout of what a convolution reads, for one group of channels and some images.
    pub(super) fn forward(shape: &Convolution) -> Self {
        let [rows, cols] = [0, 1].map(|axis| Axis::forward(shape, axis));
        let n_images = images_per_plane(shape, &rows, &cols);
        Self::new(rows, cols, shape.kernel[1], shape.in_channels / shape.groups, n_images)
    }

    /// The layout of the gradients that the way back reads, for one group of channels and some images.
    pub(super) fn backward(shape: &Convolution) -> Self {
        let [rows, cols] = [0, 1].map(|axis| Axis::backward(shape, axis));
        let n_images = images_per_plane(shape, &rows, &cols);
        Self::new(rows, cols, shape.kernel[1], shape.out_channels / shape.groups, n_images)
    }

    /// The same for one channel of so many images.
    pub(super) fn for_one_channel(self, n_images: usize) -> Self {
        Self::new(self.rows, self.cols, self.kernel_cols, 1, n_images)
    }

    fn new(rows: Axis, cols: Axis, kernel_cols: usize, n_channels: usize, n_images: usize) -> Self {
        let mut grid =
            Self { rows, cols, n_images, n_channels, kernel_cols, classes: Vec::new(), len: 0 };
        for first_row in 0..grid.rows.out_stride.min(grid.rows.n_out) {
            for first_col in 0..grid.cols.out_stride.min(grid.cols.n_out) {
                grid.classes.push(grid.class([first_row, first_col]));
            }
        }
        let end = |class: &Class| {
            let reach = class.taps.iter().map(|tap| tap.1).max();
            reach.map_or(0, |reach| reach + grid.n_points(class))
        };
        let overhang = grid.classes.iter().map(end).max().unwrap_or(0);
        grid.len =
            n_channels.saturating_sub(1) * grid.channel_len() + overhang.max(grid.channel_len());
        grid
    }

    fn class(&self, first: [usize; 2]) -> Class {
        let plane = self.n_images * self.rows.pitch * self.cols.pitch;
        let mut taps = Vec::new();
        for row in self.rows.taps.iter().filter(|tap| tap.class == first[0]) {
            for col in self.cols.taps.iter().filter(|tap| tap.class == first[1]) {
                let index = row.index * self.kernel_cols + col.index;
                let plane = (row.plane * self.cols.phases.len() + col.plane) * plane;
                taps.push((index, plane + row.shift * self.cols.pitch + col.shift));
            }
        }
        Class { first, size: [self.rows.n_out_of(first[0]), self.cols.n_out_of(first[1])], taps }
    }

    /// Numbers in one channel of a picture that is read.
    pub(super) fn in_picture(&self) -> usize {
        self.rows.n_in * self.cols.n_in
    }

    /// Rows and columns of the result.
    pub(super) fn out_size(&self) -> [usize; 2] {
        [self.rows.n_out, self.cols.n_out]
    }

    /// Numbers in the layout of a whole group.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Numbers from one channel to the next.
    pub(super) fn channel_len(&self) -> usize {
        let plane = self.n_images * self.rows.pitch * self.cols.pitch;
        self.rows.phases.len() * self.cols.phases.len() * plane
    }

    /// Steps between the positions of a class.
    pub(super) fn out_stride(&self) -> [usize; 2] {
        [self.rows.out_stride, self.cols.out_stride]
    }

    /// Points from the first to the last position of a class in all images, rounded up for the products.
    pub(super) fn n_points(&self, class: &Class) -> usize {
        if class.size.contains(&0) {
            return 0;
        }
        let [rows, cols] = class.size;
        let last = self.point(self.n_images - 1, rows - 1) + cols;
        last.next_multiple_of(LANES)
    }

    /// Point of the first position of a row of the result in an image.
    pub(super) fn point(&self, image: usize, row: usize) -> usize {
        (image * self.rows.pitch + row) * self.cols.pitch
    }

    /// Numbers from one row of a plane to the next.
    pub(super) fn pitch(&self) -> usize {
        self.cols.pitch
    }

    /// Writes an image's channels, the first ones of `pictures`, into the layout; the padding must be zero already.
    #[inline(always)]
    pub(super) fn fill(&self, image: usize, pictures: Pictures<'_>, out: &mut [f32]) {
        let plane_len = self.n_images * self.rows.pitch * self.cols.pitch;
        for channel in 0..self.n_channels {
            let mut plane = channel * self.channel_len() + self.point(image, 0);
            for (row_plane, rows) in self.rows.inside.iter().enumerate() {
                for (col_plane, cols) in self.cols.inside.iter().enumerate() {
                    if !cols.is_empty() {
                        for row in rows.clone() {
                            let from = channel * self.in_picture()
                                + self.rows.position(row_plane, row) * self.cols.n_in
                                + self.cols.position(col_plane, cols.start);
                            let out = &mut out[plane + row * self.cols.pitch..][cols.clone()];
                            copy_row(pictures.from(from), self.cols.in_stride, out);
                        }
                    }
                    plane += plane_len;
                }
            }
        }
    }

    /// The reverse of [`Self::fill`] for one channel of one image; positions that no plane holds count as zero.
    #[inline(always)]
    pub(super) fn read_back(&self, planes: &[f32], plus: f32, picture: &mut [f32]) {
        picture.fill(plus);
        let mut planes = planes.chunks_exact(self.rows.pitch * self.cols.pitch);
        for (row_plane, rows) in self.rows.inside.iter().enumerate() {
            for (col_plane, cols) in self.cols.inside.iter().enumerate() {
                let plane = planes.next().unwrap_or_default();
                if !cols.is_empty() {
                    for row in rows.clone() {
                        let to = self.rows.position(row_plane, row) * self.cols.n_in
                            + self.cols.position(col_plane, cols.start);
                        let out = picture[to..].iter_mut().step_by(self.cols.in_stride);
                        let numbers = &plane[row * self.cols.pitch..][cols.clone()];
                        for (out, number) in out.zip(numbers) {
                            *out += number;
                        }
                    }
                }
            }
        }
    }
}

/// Images of a small picture that share a plane.
fn images_per_plane(shape: &Convolution, rows: &Axis, cols: &Axis) -> usize {
    let per_image = rows.pitch * cols.pitch;
    FEW_POINTS.div_ceil(per_image).min(shape.n_images.div_ceil(4)).max(1)
}

/// Pictures to read and, where they are gradients that passed relu, its result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pictures<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) relu_of: Option<&'a [f32]>,
}

impl<'a> Pictures<'a> {
    /// Numbers that nothing masks.
    pub(super) fn new(numbers: &'a [f32]) -> Self {
        Self { numbers, relu_of: None }
    }

    /// The numbers from a place on.
    #[inline(always)]
    pub(super) fn from(self, start: usize) -> Self {
        Self { numbers: &self.numbers[start..], relu_of: self.relu_of.map(|y| &y[start..]) }
    }
}

/// Copies every `stride`-th number; where a mask is, the stride must be 1.
#[inline(always)]
pub(super) fn copy_row(row: Pictures<'_>, stride: usize, out: &mut [f32]) {
    if let Some(y) = row.relu_of {
        for ((out, dy), y) in out.iter_mut().zip(row.numbers).zip(y) {
            *out = passed(*dy, *y);
        }
    } else if stride == 1 {
        out.copy_from_slice(&row.numbers[..out.len()]);
    } else {
        for (out, x) in out.iter_mut().zip(row.numbers.iter().step_by(stride)) {
            *out = *x;
        }
    }
}

/// Copies rows that lie `pitch` apart to the start of `out`, one right behind the other; it may write beyond them.
#[inline(always)]
pub(super) fn join_rows(rows: &[f32], pitch: usize, [n_rows, n_cols]: [usize; 2], out: &mut [f32]) {
    for row in 0..n_rows {
        for col in (0..n_cols).step_by(LANES) {
            let (from, to) = (row * pitch + col, row * n_cols + col);
            // A whole vector is faster than the exact number, and the next row overwrites what is too much.
            if let (Some(from), Some(to)) =
                (rows.get(from..from + LANES), out.get_mut(to..to + LANES))
            {
                to.copy_from_slice(from);
            } else {
                let len = LANES.min(n_cols - col);
                out[to..to + len].copy_from_slice(&rows[from..from + len]);
            }
        }
    }
}

/// Adds rows of `n_cols` numbers to rows that lie `pitch` apart.
#[inline(always)]
pub(super) fn add_rows(rows: &[f32], n_cols: usize, pitch: usize, out: &mut [f32]) {
    for (row, out) in rows.chunks_exact(n_cols).zip(out.chunks_mut(pitch)) {
        for (out, number) in out.iter_mut().zip(row) {
            *out += number;
        }
    }
}

/// The gradient that passes relu with the result y.
#[inline(always)]
pub(super) fn passed(dy: f32, y: f32) -> f32 {
    if y <= 0.0 { 0.0 } else { dy }
}
