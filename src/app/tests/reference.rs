//! The committed reference of node kinds is what the records say; `PYROGRAPH_WRITE_DOCS=1 cargo test` writes it anew.

use std::fs;
use std::path::Path;

use pg_contract::reference;
use pg_session::Core;

#[test]
fn the_reference_of_node_kinds_is_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../resources/docs/nodes");
    let core = Core::new(pg_nn::Devices::default());
    let is_writing = std::env::var_os("PYROGRAPH_WRITE_DOCS").is_some();
    for (name, text) in reference::markdown(core.registry()) {
        let path = folder.join(&name);
        if is_writing {
            fs::create_dir_all(&folder).expect("a folder for the pages");
            fs::write(&path, &text).expect("a page");
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed.replace("\r\n", "\n") == text,
            "{name} is stale: run PYROGRAPH_WRITE_DOCS=1 cargo test -p pyrograph --test reference"
        );
    }
}
