//! Figures: pictures of numbers, painted in the window and written as SVG and PNG.
