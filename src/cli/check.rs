//! `pyrograph check`: diagnostics, shapes and cost; runs nothing.

use pg_base::{Lang, Trouble};
use pg_contract::Severity;
use pg_pipeline::{analysis, file, forecast};
use pg_session::{Core, folders};
use serde_json::json;

use crate::args::Check;
use crate::say;

/// Checks a project; a project with errors is a failure.
pub(crate) fn check(core: &Core, args: &Check) -> Result<bool, Trouble> {
    let loaded = file::load(&args.project, core.registry())?;
    let folder = folders::base_of(&args.project);
    let analysis = analysis::analyse(&loaded.document, core.registry(), &folder);
    let forecasts = forecast::forecast(&loaded.document, core.registry(), &analysis);
    let is_fine = !analysis.has_errors();
    if args.json {
        say::json(
            &json!({ "ok": is_fine, "file": loaded.diagnostics, "diagnostics": analysis.diagnostics, "forecast": forecasts }),
        );
        return Ok(is_fine);
    }
    let lang = Lang::from_env();
    for diagnostic in &loaded.diagnostics {
        eprintln!("{}", diagnostic.trouble.message(lang));
    }
    for diagnostic in &analysis.diagnostics {
        let lead = match (diagnostic.severity, lang) {
            (Severity::Error, Lang::En) => "error",
            (Severity::Error, Lang::Zh) => "错误",
            (Severity::Warning, Lang::En) => "warning",
            (Severity::Warning, Lang::Zh) => "警告",
            (Severity::Info, Lang::En) => "note",
            (Severity::Info, Lang::Zh) => "提示",
        };
        eprintln!("{lead} [{}]: {}", diagnostic.node, diagnostic.trouble.message(lang));
        if let Some((label, _)) = &diagnostic.fix {
            eprintln!("  → {}", label.get(lang));
        }
    }
    // A preset holds all layers; of a network built node by node the last node holds all.
    let widest = forecasts.iter().filter(|forecast| forecast.training_bytes.is_some());
    let last = forecasts.iter().max_by_key(|forecast| forecast.summary.rows.len());
    if let Some(forecast) = widest.max_by_key(|forecast| forecast.summary.rows.len()).or(last) {
        let mut rows = vec![vec![
            "layer".to_owned(),
            "kind".to_owned(),
            "output".to_owned(),
            "parameters".to_owned(),
            "multiply-adds".to_owned(),
        ]];
        rows.extend(forecast.summary.rows.iter().map(|row| {
            vec![
                row.id.clone(),
                row.kind.clone(),
                row.signal.label(),
                row.cost.n_params.to_string(),
                row.cost.n_macs.to_string(),
            ]
        }));
        let total = forecast.summary.total;
        rows.push(vec![
            "total".to_owned(),
            String::new(),
            String::new(),
            total.n_params.to_string(),
            total.n_macs.to_string(),
        ]);
        say::rows(&rows);
        if let (Some(batch_size), Some(bytes)) = (forecast.batch_size, forecast.training_bytes) {
            say::line(&format!(
                "training memory: about {:.1} MB with batches of {batch_size} rows",
                bytes as f64 / 1e6
            ));
        }
    }
    if is_fine {
        say::line(if lang == Lang::Zh { "可以运行" } else { "ready to run" });
    }
    Ok(is_fine)
}
