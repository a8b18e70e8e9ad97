//! The binary `pyrograph`: brings the devices that are compiled in together with the window and the command line.

use std::process::ExitCode;

#[cfg(not(feature = "cuda"))]
use pg_base::{Trouble, say};
use pg_nn::Devices;
#[cfg(not(feature = "cuda"))]
use pg_nn::{DeviceEntry, DeviceInfo};
use pg_session::Core;

/// Training allocates and frees large tensors on every step; mimalloc halves the time of small networks against glibc.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let core = Core::new(devices());
    #[cfg(feature = "gui")]
    if let Some(project) = wants_window() {
        return pg_cli::told(pg_ui::run(core, project));
    }
    pg_cli::main(&core)
}

/// No argument opens the window; a single one that names a file and no command opens it with that project.
#[cfg(feature = "gui")]
fn wants_window() -> Option<Option<std::path::PathBuf>> {
    let mut arguments = std::env::args_os().skip(1);
    let Some(first) = arguments.next() else { return Some(None) };
    let path = std::path::PathBuf::from(first);
    let is_project = path.extension().is_some_and(|extension| extension == "pyro" || extension == "pyromodel");
    (arguments.next().is_none() && is_project).then_some(Some(path))
}

/// The one place where devices are chosen: the CPU first, because it is the default.
fn devices() -> Devices {
    let mut entries = pg_cpu::entries();
    #[cfg(feature = "cuda")]
    entries.extend(pg_cuda::entries());
    #[cfg(not(feature = "cuda"))]
    entries.push(without_cuda());
    Devices { entries }
}

/// A build without CUDA still says that a graphics card could be used.
#[cfg(not(feature = "cuda"))]
fn without_cuda() -> DeviceEntry {
    let reason =
        Trouble::new("cuda-not-built", say!("this build leaves CUDA out", "此版本未包含 CUDA"))
            .advice(say!("Use a build with the feature `cuda`.", "请使用带有 `cuda` 功能的版本。"));
    let open = reason.clone();
    DeviceEntry {
        info: DeviceInfo {
            id: "cuda:0".to_owned(),
            class: "cuda".to_owned(),
            name: "CUDA".to_owned(),
            memory_bytes: None,
            unavailable: Some(reason),
        },
        open: Box::new(move || Err(open.clone())),
    }
}
