//! What a person sets once: kept in one file of their own, beside no project.

use std::fs;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use pg_base::{Lang, Trouble, files};
use serde::{Deserialize, Serialize};

/// Projects remembered.
const MAX_RECENT: usize = 12;

/// Dark, light, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system has it.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// What the wheel does over the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wheel {
    /// Moves; with Ctrl it zooms.
    #[default]
    Pans,
    /// Zooms; with Ctrl it moves.
    Zooms,
}

/// How the window is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RendererChoice {
    /// Vulkan, Metal or DirectX; OpenGL where none of them works.
    #[default]
    Auto,
    /// OpenGL.
    Glow,
}

/// All settings. Fields that a file does not have get their defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Language of the window; none for that of the system.
    pub lang: Option<Lang>,
    /// Dark or light.
    pub theme: ThemeChoice,
    /// Size of everything, 1.0–2.5.
    pub scale: f32,
    /// Device of a new window.
    pub device: String,
    /// Most bytes that the results of a project may take on the disk.
    pub cache_gigabytes: u64,
    /// Seconds between automatic saves of a project that has a file; 0 for never. Edits are journalled in any case.
    pub autosave_secs: u64,
    /// What the wheel does.
    pub wheel: Wheel,
    /// How the window is drawn; from the next start on.
    pub renderer: RendererChoice,
    /// Whether the system's file dialogs are used where there are any.
    pub uses_native_dialogs: bool,
    /// Projects opened last, the newest first.
    pub recent: Vec<PathBuf>,
    /// Node kinds marked by the person.
    pub favourites: Vec<String>,
    /// Node kinds added last, the newest first.
    pub recent_kinds: Vec<String>,
    /// Width and height of the window in points.
    pub window: Option<[f32; 2]>,
    /// Whether the tour was offered already.
    pub has_seen_tour: bool,
    /// Whether the map of the canvas is shown.
    pub shows_minimap: bool,
    #[serde(skip)]
    file: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lang: None,
            theme: ThemeChoice::System,
            scale: 1.0,
            device: "cpu".to_owned(),
            cache_gigabytes: 20,
            autosave_secs: 0,
            wheel: Wheel::Pans,
            renderer: RendererChoice::Auto,
            uses_native_dialogs: true,
            recent: Vec::new(),
            favourites: Vec::new(),
            recent_kinds: Vec::new(),
            window: None,
            has_seen_tour: false,
            shows_minimap: true,
            file: None,
        }
    }
}

impl Settings {
    /// The file of this person's settings.
    pub fn default_file() -> Option<PathBuf> {
        Some(ProjectDirs::from("", "", "pyrograph")?.config_dir().join("settings.json"))
    }

    /// Reads settings; a file that is absent or damaged gives the defaults.
    pub fn load(file: Option<PathBuf>) -> Self {
        let read = file.as_ref().and_then(|file| fs::read(file).ok());
        let mut settings: Self =
            read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        settings.scale =
            if settings.scale.is_finite() { settings.scale.clamp(1.0, 2.5) } else { 1.0 };
        settings.file = file;
        settings
    }

    /// Writes them.
    pub fn save(&self) -> Result<(), Trouble> {
        let Some(file) = &self.file else { return Ok(()) };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|error| Trouble::io(&error, folder))?;
        }
        let bytes = serde_json::to_vec_pretty(self).map_err(Trouble::internal)?;
        files::write_atomic(file, &bytes)
    }

    /// The language of the window.
    pub fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(Lang::from_env)
    }

    /// Gives every choice its default back; what came about by itself stays.
    pub fn reset(&mut self) {
        let old = std::mem::take(self);
        self.recent = old.recent;
        self.favourites = old.favourites;
        self.recent_kinds = old.recent_kinds;
        self.window = old.window;
        self.has_seen_tour = old.has_seen_tour;
        self.file = old.file;
    }

    /// Puts a project at the head of the recent ones.
    pub fn remember(&mut self, project: &Path) {
        self.recent.retain(|other| other != project);
        self.recent.insert(0, project.to_owned());
        self.recent.truncate(MAX_RECENT);
    }

    /// Puts a kind at the head of the recent ones.
    pub fn remember_kind(&mut self, kind: &str) {
        self.recent_kinds.retain(|other| other != kind);
        self.recent_kinds.insert(0, kind.to_owned());
        self.recent_kinds.truncate(6);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_damage_gives_defaults() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("a/settings.json");
        let mut settings = Settings::load(Some(file.clone()));
        assert_eq!(settings, Settings { file: Some(file.clone()), ..Settings::default() });
        settings.lang = Some(Lang::Zh);
        settings.remember(Path::new("/x.pyro"));
        settings.save().expect("written");
        assert_eq!(Settings::load(Some(file.clone())), settings);
        settings.reset();
        assert_eq!((settings.lang, settings.recent.len()), (None, 1));
        fs::write(&file, b"{ \"scale\": 9, \"lang\"").expect("written");
        assert_eq!(Settings::load(Some(file.clone())).lang, None);
        fs::write(&file, b"{ \"scale\": 9 }").expect("written");
        assert_eq!(Settings::load(Some(file)).scale, 2.5);
    }
}
