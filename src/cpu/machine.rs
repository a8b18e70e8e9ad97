//! What the system tells about the processor and the memory.

use std::fs;

/// Name of the processor, where the system tells it in a file.
pub(crate) fn processor_name() -> Option<String> {
    named_value(&fs::read_to_string("/proc/cpuinfo").ok()?, "model name").map(str::to_owned)
}

/// Memory of the machine in bytes, where the system tells it in a file.
pub(crate) fn memory_bytes() -> Option<u64> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let kibibytes =
        named_value(&info, "MemTotal")?.strip_suffix("kB")?.trim().parse::<u64>().ok()?;
    kibibytes.checked_mul(1024)
}

/// The value of the first line `name : value`.
fn named_value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_name() {
        let text = "processor\t: 0\nmodel name\t: Some CPU: fast\nMemTotal:  16 kB\n";
        assert_eq!(named_value(text, "model name"), Some("Some CPU: fast"));
        assert_eq!(named_value(text, "MemTotal"), Some("16 kB"));
        assert_eq!(named_value(text, "absent"), None);
    }
}
