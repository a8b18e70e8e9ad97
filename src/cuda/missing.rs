//! What CUDA lacks on this machine, in words, and where its headers are looked for.

use std::path::{Path, PathBuf};

use pg_base::{Trouble, say};

/// A file that every CUDA toolkit has among its headers; kernels are compiled from source at run time and include it.
const HEADER: &str = "cuda_runtime.h";

pub(crate) fn no_driver() -> Trouble {
    Trouble::new("cuda-no-driver", say!("no NVIDIA driver was found", "未找到 NVIDIA 驱动程序"))
        .advice(say!(
            "On a machine with an NVIDIA card, install its driver. The CPU works without it.",
            "如果计算机装有 NVIDIA 显卡，请安装其驱动程序。没有驱动也可以使用 CPU。"
        ))
}

pub(crate) fn no_nvrtc() -> Trouble {
    Trouble::new("cuda-no-nvrtc", say!("the driver is there, but not the library NVRTC that compiles kernels", "已找到驱动，但缺少用于编译内核的 NVRTC 库"))
        .advice(say!(
            "Install the CUDA toolkit, and add its library folder to LD_LIBRARY_PATH (Linux) or PATH (Windows).",
            "请安装 CUDA 工具包，并将其库文件夹加入 LD_LIBRARY_PATH（Linux）或 PATH（Windows）。"
        ))
}

pub(crate) fn no_cards() -> Trouble {
    Trouble::new(
        "cuda-no-card",
        say!("the driver sees no NVIDIA card", "驱动未发现任何 NVIDIA 显卡"),
    )
    .advice(say!(
        "Check `nvidia-smi` and the environment variable CUDA_VISIBLE_DEVICES.",
        "请检查 `nvidia-smi` 的输出和环境变量 CUDA_VISIBLE_DEVICES。"
    ))
}

pub(crate) fn driver_failed(reason: &str) -> Trouble {
    Trouble::new(
        "cuda-driver-failed",
        say!("the NVIDIA driver failed: {reason}", "NVIDIA 驱动出错：{reason}"),
    )
    .advice(say!(
        "Restart the machine after a driver update, and check that `nvidia-smi` works.",
        "更新驱动后请重启计算机，并确认 `nvidia-smi` 可以正常运行。"
    ))
}

/// The trouble of missing headers; none where they are there.
pub(crate) fn headers() -> Option<Trouble> {
    headers_under(toolkit_folder().as_deref())
}

fn headers_under(toolkit: Option<&Path>) -> Option<Trouble> {
    let advice = say!(
        "Install the CUDA toolkit with its headers and set CUDA_PATH to its folder (the one that holds `include`).",
        "请安装带头文件的 CUDA 工具包，并将 CUDA_PATH 设为其文件夹（含有 `include` 的那一级）。"
    );
    let Some(toolkit) = toolkit else {
        return Some(
            Trouble::new(
                "cuda-no-headers",
                say!("no CUDA toolkit was found", "未找到 CUDA 工具包"),
            )
            .advice(advice),
        );
    };
    let include = toolkit.join("include");
    if include.join(HEADER).is_file() {
        return None;
    }
    let found = say!("the CUDA toolkit has no header {HEADER}", "CUDA 工具包中没有头文件 {HEADER}");
    Some(Trouble::new("cuda-no-headers", found).advice(advice).path(include))
}

/// The folder that burn's compiler takes: it must be the same search as in `cubecl_cuda::install::cuda_path`.
fn toolkit_folder() -> Option<PathBuf> {
    if let Ok(path) = std::env::var("CUDA_PATH") {
        return Some(PathBuf::from(path));
    }
    if cfg!(target_os = "windows") {
        return Some(PathBuf::from("C:/Program Files/NVIDIA GPU Computing Toolkit/CUDA/"));
    }
    let places = [
        ("/usr/local/cuda", "/usr/local/cuda"),
        ("/opt/cuda", "/opt/cuda"),
        ("/usr/bin/nvcc", "/usr"),
    ];
    places
        .into_iter()
        .find(|(sign, _)| Path::new(sign).exists())
        .map(|(_, folder)| PathBuf::from(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_looked_for_in_the_toolkit() {
        let folder = std::env::temp_dir().join(format!("pg-cuda-{}", std::process::id()));
        assert_eq!(headers_under(None).expect("missing").code, "cuda-no-headers");
        assert_eq!(headers_under(Some(&folder)).expect("missing").code, "cuda-no-headers");
        std::fs::create_dir_all(folder.join("include")).expect("writable");
        std::fs::write(folder.join("include").join(HEADER), "").expect("writable");
        assert_eq!(headers_under(Some(&folder)), None);
        std::fs::remove_dir_all(&folder).expect("clean up");
    }
}
