//! `pyrograph nodes`: the reference of node kinds.

use pg_base::{Lang, Trouble};
use pg_contract::{Stage, reference};
use pg_session::Core;

use crate::say;

/// Lists all kinds, or shows one.
pub(crate) fn nodes(core: &Core, id: Option<&str>, as_json: bool) -> Result<bool, Trouble> {
    let registry = core.registry();
    let chosen = match id {
        Some(id) => vec![registry.require(id)?],
        None => registry.all().to_vec(),
    };
    if as_json {
        say::json(&reference::json_of(&chosen));
        return Ok(true);
    }
    if let (Some(_), [spec]) = (id, chosen.as_slice()) {
        say::line(&reference::node_markdown(spec));
        return Ok(true);
    }
    let lang = Lang::from_env();
    for stage in Stage::ALL {
        say::line(stage.title().get(lang));
        let rows: Vec<Vec<String>> = registry
            .in_stage(stage)
            .map(|spec| vec![format!("  {}", spec.id), spec.text.summary.get(lang).to_owned()])
            .collect();
        say::rows(&rows);
    }
    Ok(true)
}
