//! `pyrograph devices`: what can compute here, and why something cannot.

use pg_base::Lang;
use pg_session::Core;
use serde_json::json;

use crate::say;

/// Lists the devices.
pub(crate) fn devices(core: &Core, as_json: bool) -> bool {
    let infos: Vec<_> = core.devices().infos().collect();
    if as_json {
        say::json(&json!({ "devices": infos }));
        return true;
    }
    let lang = Lang::from_env();
    let rows: Vec<Vec<String>> = infos
        .iter()
        .map(|info| {
            let memory = info
                .memory_bytes
                .map(|bytes| format!("{:.1} GB", bytes as f64 / 1e9))
                .unwrap_or_default();
            let state = info.unavailable.as_ref().map_or_else(
                || match lang {
                    Lang::En => "ready".to_owned(),
                    Lang::Zh => "可用".to_owned(),
                },
                |trouble| trouble.message(lang),
            );
            vec![info.id.clone(), info.name.clone(), memory, state]
        })
        .collect();
    say::rows(&rows);
    true
}
