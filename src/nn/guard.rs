//! Panics of burn and of drivers become troubles here, at the waist; above it nothing panics.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pg_base::{Trouble, say};

/// Does `work`; a panic in it becomes a trouble with its message.
///
/// The state that `work` held is dropped or, where it was borrowed, must not be used any more: a caller that gets
/// [`Trouble::INTERNAL`] drops its network.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(trouble_of(&panic_text(panic.as_ref()))))
}

/// The message of a caught panic.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        return (*text).to_owned();
    }
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

/// The right to draw random numbers. burn's generators are global to the process, so whoever seeds one holds this
/// until the numbers are drawn; then two trainings side by side stay reproducible. A training step holds it to its end:
/// a thread of a pool that waits for a part of one step may begin whatever else waits for it, but never another step.
pub fn random_turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn trouble_of(text: &str) -> Trouble {
    let lower = text.to_lowercase();
    let is_memory = ["out of memory", "outofmemory", "out_of_memory", "memory allocation"]
        .iter()
        .any(|sign| lower.contains(sign));
    if is_memory {
        return Trouble::new(
            "device-memory",
            say!("the device ran out of memory: {text}", "设备内存不足：{text}"),
        )
        .advice(say!(
            "Use a smaller batch size or a smaller network, or choose the CPU.",
            "请减小批大小或网络规模，或改用 CPU。"
        ))
        .param("batch_size");
    }
    Trouble::internal(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_troubles() {
        let code = |work: fn() -> Result<(), Trouble>| guarded(work).expect_err("fails").code;
        assert_eq!(code(|| panic!("shapes differ: {}", 3)), Trouble::INTERNAL);
        assert_eq!(code(|| panic!("CUDA_ERROR_OUT_OF_MEMORY")), "device-memory");
        assert_eq!(code(|| std::panic::panic_any(7)), Trouble::INTERNAL);
        assert_eq!(code(|| Err(Trouble::cancelled())), Trouble::CANCELLED);
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }
}
