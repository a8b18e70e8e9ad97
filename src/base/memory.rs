//! Memory of the machine and of processes, where the system tells.

use std::fs;

/// Memory that processes can have without swapping.
pub fn free_bytes() -> Option<u64> {
    if cfg!(target_os = "macos") {
        // It tells no more than what the machine has in all: an upper bound.
        let output =
            std::process::Command::new("sysctl").args(["-n", "hw.memsize"]).output().ok()?;
        return String::from_utf8(output.stdout).ok()?.trim().parse().ok();
    }
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    // What is swapped out makes room as well, however slowly.
    Some(bytes_of(&info, "MemAvailable")? + bytes_of(&info, "SwapFree").unwrap_or_default())
}

/// Memory of a process that is not swapped out.
pub fn resident_bytes(process_id: u32) -> Option<u64> {
    bytes_of(&fs::read_to_string(format!("/proc/{process_id}/status")).ok()?, "VmRSS")
}

/// A number of bytes as people read it.
pub fn size_text(n_bytes: u64) -> String {
    let gigabytes = n_bytes as f64 / 1e9;
    if gigabytes < 1.0 {
        format!("{:.0} MB", n_bytes as f64 / 1e6)
    } else {
        format!("{gigabytes:.1} GB")
    }
}

/// The value of the line `name: VALUE kB`.
fn bytes_of(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found == name).then_some(value)
    })?;
    value.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
