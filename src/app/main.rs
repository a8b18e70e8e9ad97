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
    if wants_window() {
        let project = std::env::args_os().nth(1).map(std::path::PathBuf::from);
        return pg_cli::told(pg_ui::run(core, project));
    }
    pg_cli::main(&core)
}

/// No argument opens the window; a single one that is a file of ours opens it with that file.
#[cfg(feature = "gui")]
fn wants_window() -> bool {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [] => true,
        [file] => std::path::Path::new(file)
            .extension()
            .is_some_and(|extension| extension == "pyro" || extension == "pyromodel"),
        _ => false,
    }
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
