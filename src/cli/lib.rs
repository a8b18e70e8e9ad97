//! Floor 7: the command line. Only this crate knows the terminal: answers go to stdout, diagnostics and bars to stderr.
//!
//! Exit codes: 0 done, 1 the run failed, 2 wrong usage (given by clap).

mod args;
mod bars;
mod bench;
mod check;
mod deploy;
mod devices;
mod nodes;
mod project;
mod run;
mod say;

use std::process::ExitCode;

use clap::Parser;
use pg_base::Trouble;
use pg_session::Core;
use serde_json::json;

use crate::args::{Args, Command};

/// Troubles of what was typed, not of the work.
const USAGE: [&str; 7] = [
    "device-unknown",
    "format-unknown",
    "kind-unknown",
    "node-unknown",
    "param-unknown",
    "set-invalid",
    "template-unknown",
];

/// Ends a program that did one thing: a trouble goes to standard error.
pub fn told(done: Result<(), Trouble>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            say::trouble(&trouble);
            ExitCode::from(1)
        }
    }
}

/// Runs the command line with everything that the binary brings along.
pub fn main(core: &Core) -> ExitCode {
    let args = Args::parse();
    let is_json = args.command.is_json();
    let done = match args.command {
        Command::Templates { json } => Ok(project::templates(json)),
        Command::New(new) => project::new(core, &new),
        Command::Check(check) => check::check(core, &check),
        Command::Run(run) => run::run(core, &run),
        Command::Nodes { id, json } => nodes::nodes(core, id.as_deref(), json),
        Command::Predict(predict) => deploy::predict(core, &predict),
        Command::Serve(serve) => deploy::serve(core, &serve),
        Command::Export(export) => deploy::export(&export),
        Command::Devices { json } => Ok(devices::devices(core, json)),
        Command::Bench(bench) => bench::bench(core, &bench),
        Command::Worker => pg_session::worker::serve(core).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(trouble) => {
            say::trouble(&trouble);
            if is_json {
                say::json(&json!({ "ok": false, "error": trouble }));
            }
            ExitCode::from(if USAGE.contains(&trouble.code.as_str()) { 2 } else { 1 })
        }
    }
}
