//! Floor 1: tables and what is known about them: schemas, readers, splits, the fitted recipe and its encoding to arrays.
//!
//! A [`Table`] is a Polars frame with a schema, the source number of every row, the part (training, validation, test)
//! each row belongs to, and the [`Recipe`] of fitted steps that made it from its origin.
//! Invariant: a step that learns from data sees training rows only, whatever the order of the nodes, because assigning
//! parts replays and refits the whole recipe from the origin (see [`Table::with_parts`]).

pub mod calendar;
pub mod columns;
pub mod combine;
pub mod encode;
pub mod formula;
pub mod guess;
mod kept;
pub mod leaks;
pub mod personal;
pub mod profile;
pub mod quality;
pub mod read;
pub mod recipe;
mod rows;
pub mod schema;
mod shelf;
pub mod split;
pub mod steps;
pub mod store;
pub mod table;
pub mod view;
pub mod write;

pub use columns::Coded;
pub use encode::{EncodedRows, Encoder, InputSlot, TargetCodec};
pub use recipe::{Purpose, Recipe, RecipeStep, Step};
pub use schema::{Augment, Column, ColumnKind, ImageForm, Role, Schema};
pub use shelf::Scratch;
pub use table::{Part, Rows, Table};
