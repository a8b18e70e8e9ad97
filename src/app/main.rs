//! The binary `pyrograph`: brings the devices that are compiled in together with the command line.

use std::process::ExitCode;

use pg_nn::Devices;
use pg_session::Core;

/// Training allocates and frees large tensors on every step; mimalloc halves the time of small networks against glibc.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pg_cli::main(&Core::new(devices()))
}

/// The one place where devices are chosen: the CPU first, because it is the default.
fn devices() -> Devices {
    #[cfg_attr(
        not(feature = "cuda"),
        expect(unused_mut, reason = "only optional devices are added")
    )]
    let mut entries = pg_cpu::entries();
    #[cfg(feature = "cuda")]
    entries.extend(pg_cuda::entries());
    Devices { entries }
}
