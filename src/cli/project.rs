//! `pyrograph templates` and `pyrograph new`: starter graphs.

use pg_base::{Lang, Trouble, say as words};
use pg_contract::Severity;
use pg_session::{Core, folders, templates};
use serde_json::json;

use crate::args::New;
use crate::say;

/// Lists the starter graphs.
pub(crate) fn templates(as_json: bool) -> bool {
    if as_json {
        let all: Vec<_> = templates::ALL
            .iter()
            .map(|template| {
                json!({
                    "id": template.id,
                    "title": template.text.title.en,
                    "title_zh": template.text.title.zh,
                    "summary": template.text.summary.en,
                    "summary_zh": template.text.summary.zh,
                    "sample": template.sample,
                })
            })
            .collect();
        say::json(&json!({ "templates": all }));
        return true;
    }
    let lang = Lang::from_env();
    let rows: Vec<Vec<String>> = templates::ALL
        .iter()
        .map(|template| vec![template.id.to_owned(), template.text.summary.get(lang).to_owned()])
        .collect();
    say::rows(&rows);
    true
}

/// Makes a project.
pub(crate) fn new(core: &Core, args: &New) -> Result<bool, Trouble> {
    if args.output.exists() && !args.force {
        return Err(Trouble::new(
            "project-exists",
            words!("there is already such a project", "该项目已存在"),
        )
        .advice(words!(
            "Choose another name, or add --force to overwrite it.",
            "请换一个名称，或加 --force 覆盖。"
        ))
        .path(&args.output));
    }
    let made = templates::make(
        core.registry(),
        &args.template,
        &args.data,
        args.target.as_deref(),
        &args.output,
    )?;
    pg_pipeline::file::save(&args.output, &made.document)?;
    let lang = Lang::from_env();
    // A project that cannot run is written all the same, for mending; but the person hears of it now.
    let analysis =
        pg_pipeline::analyse(&made.document, core.registry(), &folders::base_of(&args.output));
    for diagnostic in
        analysis.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
    {
        say::trouble(&diagnostic.trouble.clone().node(diagnostic.node.clone()));
    }
    for sentence in &made.said {
        eprintln!("{}", sentence.get(lang));
    }
    say::line(&args.output.to_string_lossy());
    Ok(true)
}
