//! `pyrograph bench`: step times of the reference networks on one device.

use pg_base::Trouble;
use pg_session::Core;
use serde_json::json;

use crate::args::Bench;
use crate::say;

/// Times the networks.
pub(crate) fn bench(core: &Core, args: &Bench) -> Result<bool, Trouble> {
    let compute = core.devices().open(&args.device)?;
    let rows = pg_nn::bench::run(&*compute, args.only.as_deref())?;
    if args.json {
        say::json(&json!({ "device": args.device, "rows": rows }));
        return Ok(true);
    }
    let mut lines = vec![vec!["network".to_owned(), "train ms".to_owned(), "infer ms".to_owned()]];
    lines.extend(rows.iter().map(|row| {
        vec![row.name.clone(), format!("{:.2}", row.train_ms), format!("{:.2}", row.infer_ms)]
    }));
    say::rows(&lines);
    Ok(true)
}
