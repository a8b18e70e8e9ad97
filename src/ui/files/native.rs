//! The file dialogs of the system, where there are any.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Pick, PickKind, Picker};

/// Nobody gives up a dialog so fast: it was never there.
const BLINK: Duration = Duration::from_millis(250);

/// Set once a dialog of the system failed to come up.
static IS_BROKEN: AtomicBool = AtomicBool::new(false);

/// The dialog of the system.
#[derive(Clone, Copy, Debug)]
pub struct NativePicker;

impl Picker for NativePicker {
    fn pick(&self, pick: &Pick) -> Option<PathBuf> {
        let mut dialog = rfd::FileDialog::new().set_title(&pick.title);
        if let Some((name, extensions)) = &pick.filter {
            dialog = dialog.add_filter(name, extensions);
        }
        if let Some(folder) = &pick.folder {
            dialog = dialog.set_directory(folder);
        }
        if let Some(name) = &pick.file_name {
            dialog = dialog.set_file_name(name);
        }
        let began = Instant::now();
        let picked = match pick.kind {
            PickKind::Open => dialog.pick_file(),
            PickKind::Folder => dialog.pick_folder(),
            PickKind::Save => dialog.save_file(),
        };
        if picked.is_none() && began.elapsed() < BLINK {
            IS_BROKEN.store(true, Ordering::Relaxed);
        }
        picked
    }

    fn is_there(&self) -> bool {
        static IS_INSTALLED: OnceLock<bool> = OnceLock::new();
        !IS_BROKEN.load(Ordering::Relaxed) && *IS_INSTALLED.get_or_init(is_installed)
    }
}

/// Other systems always have dialogs; elsewhere a portal answers on the bus, or zenity draws them.
fn is_installed() -> bool {
    if cfg!(any(windows, target_os = "macos")) {
        return true;
    }
    let has_bus = env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        || env::var_os("XDG_RUNTIME_DIR")
            .is_some_and(|folder| Path::new(&folder).join("bus").exists());
    has_bus && has_portal() || on_path("zenity")
}

/// Whether a portal is there together with a backend that shows file dialogs.
fn has_portal() -> bool {
    let data = env::var("XDG_DATA_DIRS").unwrap_or_default();
    let folders = data
        .split(':')
        .filter(|folder| !folder.is_empty())
        .chain(["/usr/local/share", "/usr/share"]);
    let mut folders = folders.map(Path::new);
    let service = "dbus-1/services/org.freedesktop.portal.Desktop.service";
    folders.clone().any(|folder| folder.join(service).exists())
        && folders.any(|folder| {
            let backends = std::fs::read_dir(folder.join("xdg-desktop-portal/portals"));
            backends.is_ok_and(|backends| {
                backends.flatten().any(|backend| {
                    std::fs::read_to_string(backend.path())
                        .is_ok_and(|text| text.contains("org.freedesktop.impl.portal.FileChooser"))
                })
            })
        })
}

fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
