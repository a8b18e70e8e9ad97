//! The whole window on a stage: journeys by mouse and keyboard, and pictures.
#![cfg(feature = "gui")]

mod journeys;
mod snapshots;
mod stage;
