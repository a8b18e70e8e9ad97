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
use pg_session::Core;

use crate::args::{Args, Command};

/// Runs the command line with everything that the binary brings along.
pub fn main(core: &Core) -> ExitCode {
    let args = Args::parse();
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
            ExitCode::from(1)
        }
    }
}
