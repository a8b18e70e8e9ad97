//! Lists the pictograms of `resources/icons`, so that a new SVG needs no code.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let icons =
        Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../resources/icons").canonicalize()?;
    let mut code = String::new();
    for (name, folder) in [("KINDS", "kinds"), ("STAGES", "stages")] {
        let folder = icons.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut ids = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "svg") {
                ids.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
            }
        }
        ids.sort();
        // Sorted: found by binary search.
        writeln!(code, "static {name}: &[(&str, &str)] = &[")?;
        for id in ids {
            let path = folder.join(format!("{id}.svg"));
            println!("cargo::rerun-if-changed={}", path.display());
            let path = path.to_str().ok_or("the path of the icons is no text")?;
            writeln!(code, "    ({id:?}, include_str!({path:?})),")?;
        }
        writeln!(code, "];")?;
    }
    println!("cargo::rerun-if-changed=build.rs");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("pictograms.rs"), code)?;
    Ok(())
}
