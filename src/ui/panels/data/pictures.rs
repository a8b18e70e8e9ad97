//! Pictures of cells as textures: decoded beside the window, kept while they are looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};
use pg_base::Trouble;
use pg_data::view::{Picture, RowsView};

use crate::tasks::Task;

/// Textures kept; the ones not looked at for longest go first.
const MAX_TEXTURES: usize = 400;
/// Pictures decoded by one task, so that the first ones are soon seen.
const N_PER_TASK: usize = 16;

/// How large a picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PictureSize {
    /// For a row of the table.
    Small,
    /// For the row that is looked at.
    Large,
}

impl PictureSize {
    fn max_side(self) -> u32 {
        match self {
            Self::Small => 96,
            Self::Large => 640,
        }
    }
}

/// Row of the table, column, size.
type PictureKey = (usize, usize, PictureSize);

/// What is known of a picture.
#[derive(Clone)]
pub(super) enum Thumb {
    /// It is being decoded.
    Loading,
    /// Here it is.
    Ready(TextureHandle),
    /// It cannot be decoded, or there is none.
    Failed(Option<Trouble>),
}

impl std::fmt::Debug for Thumb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Loading => "Loading",
            Self::Ready(_) => "Ready",
            Self::Failed(_) => "Failed",
        })
    }
}

/// A picture that came, or why it did not.
type Decoded = (PictureKey, Result<Option<Picture>, Trouble>);

/// The pictures of one table.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    held: BTreeMap<PictureKey, (Thumb, u64)>,
    wanted: Vec<PictureKey>,
    task: Option<Task<Vec<Decoded>>>,
    clock: u64,
}

impl Pictures {
    /// A picture; decoding begins after the frame that first asks for it.
    pub(super) fn get(&mut self, row: usize, column: usize, size: PictureSize) -> Thumb {
        let key = (row, column, size);
        self.clock += 1;
        let Some((thumb, used)) = self.held.get_mut(&key) else {
            self.wanted.push(key);
            return Thumb::Loading;
        };
        *used = self.clock;
        thumb.clone()
    }

    /// Takes in what was decoded and decodes what this frame asked for.
    pub(super) fn pump(&mut self, ctx: &Context, view: &Arc<RowsView>) {
        if let Some(answer) = self.task.as_mut().and_then(Task::poll) {
            self.task = None;
            for (key, decoded) in answer.unwrap_or_default() {
                let thumb = match decoded {
                    Ok(Some(picture)) => Thumb::Ready(texture(ctx, key, &picture)),
                    Ok(None) => Thumb::Failed(None),
                    Err(trouble) => Thumb::Failed(Some(trouble)),
                };
                self.held.insert(key, (thumb, self.clock));
            }
            self.forget_old();
        }
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.retain(|key| !self.held.contains_key(key));
        if self.task.is_some() || wanted.is_empty() {
            return;
        }
        wanted.truncate(N_PER_TASK);
        let view = Arc::clone(view);
        self.task = Some(Task::spawn(ctx, move |cx| {
            let decode = |key: PictureKey| {
                cx.cancel().check()?;
                Ok((key, view.picture(key.0, key.1, key.2.max_side())))
            };
            wanted.into_iter().map(decode).collect()
        }));
    }

    fn forget_old(&mut self) {
        if self.held.len() <= MAX_TEXTURES {
            return;
        }
        let mut uses: Vec<u64> = self.held.values().map(|(_, used)| *used).collect();
        uses.sort_unstable();
        let oldest = uses.get(uses.len() - MAX_TEXTURES).copied().unwrap_or_default();
        self.held.retain(|_, (_, used)| *used >= oldest);
    }
}

fn texture(ctx: &Context, key: PictureKey, picture: &Picture) -> TextureHandle {
    let image = ColorImage::from_rgb([picture.width, picture.height], &picture.rgb);
    // Pictures of a few pixels are enlarged: their pixels are what the model sees.
    let is_tiny = picture.width.max(picture.height) <= 64;
    let options = if is_tiny { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
    ctx.load_texture(format!("picture {key:?}"), image, options)
}
