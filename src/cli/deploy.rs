//! `pyrograph predict`, `serve` and `export`: using a model bundle.

use std::io::IsTerminal;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use pg_base::{CancelToken, Lang, Progress, Trouble, Words, say as words};
use pg_deploy::{Bundle, bundle, export as exports, predict as batch, serve as server};
use pg_session::Core;
use serde_json::json;

use crate::args::{Export, Predict, Serve};
use crate::say;

/// Predicts the rows of a file or the pictures of a folder.
pub(crate) fn predict(core: &Core, args: &Predict) -> Result<bool, Trouble> {
    let is_same = |output: &Path| matches!((output.canonicalize(), args.model.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if let Some(output) = args.output.as_deref().filter(|output| is_same(output)) {
        return Err(Trouble::new(
            "output-is-model",
            words!("the predictions would overwrite the model", "预测结果会覆盖模型文件"),
        )
        .advice(words!("Choose another file to write.", "请选择另一个输出文件。"))
        .path(output));
    }
    let compute = core.devices().open(&args.device)?;
    let mut scorer = bundle::open(&args.model, &*compute)?;
    let lang = Lang::from_env();
    let bar = Spinner::new();
    let options = batch::PredictOptions { lang, ..batch::PredictOptions::default() };
    let cancel = CancelToken::default();
    let summary = batch::predict_file(
        &mut scorer,
        &args.rows,
        args.output.as_deref(),
        options,
        &bar,
        &cancel,
    )?;
    bar.0.finish_and_clear();
    for rejection in &summary.first_rejections {
        eprintln!("{}", rejection.message(lang));
    }
    let batch::PredictSummary { n_rows, n_predicted, n_rejected, output, .. } = &summary;
    if args.json && output.is_some() {
        say::json(&json!({
            "ok": true, "rows": n_rows, "predicted": n_predicted, "rejected": n_rejected, "output": output,
            "with_problem": summary.n_with_problem, "rejections": summary.first_rejections,
        }));
    } else if let Some(output) = output {
        let n_with_problem = summary.n_with_problem;
        let said = words!(
            "{n_rows} rows, {n_predicted} predicted ({n_with_problem} with an unreadable cell, see the column `problem`), \
             {n_rejected} could not be used",
            "共 {n_rows} 行，已预测 {n_predicted} 行（其中 {n_with_problem} 行含无法读取的单元格，见 `problem` 列），{n_rejected} 行无法使用"
        );
        say::line(&format!("{}: {}", output.display(), said.get(lang)));
    }
    Ok(true)
}

/// Serves until Ctrl-C.
pub(crate) fn serve(core: &Core, args: &Serve) -> Result<bool, Trouble> {
    let compute = core.devices().open(&args.device)?;
    let scorer = bundle::open(&args.model, &*compute)?;
    let token = std::env::var("PYROGRAPH_TOKEN").ok().filter(|token| !token.is_empty());
    let options = server::ServeOptions {
        token,
        ..server::ServeOptions::for_model(scorer.model(), args.addr)
    };
    // Ctrl-C ends the server after the requests that are being answered.
    server::serve(
        scorer,
        &options,
        |addr| say::line(&format!("http://{addr}/")),
        &CancelToken::default(),
    )?;
    Ok(true)
}

/// Writes the model in another form.
pub(crate) fn export(args: &Export) -> Result<bool, Trouble> {
    for path in exports::export(&Bundle::read(&args.model)?, &args.to, &args.output)? {
        say::line(&path.to_string_lossy());
    }
    Ok(true)
}

/// A spinner on a terminal; nothing where output is piped.
struct Spinner(ProgressBar);

impl Spinner {
    fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Progress for Spinner {
    fn report(&self, _fraction: f64, message: &Words) {
        self.0.set_message(message.get(Lang::from_env()).to_owned());
        self.0.tick();
    }
}
