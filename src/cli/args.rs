//! The commands and their options, as a person types them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Build, train, judge and deploy machine-learning models without code.
#[derive(Debug, Parser)]
#[command(name = "pyrograph", version, about)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the starter graphs
    Templates {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a project from a starter graph and your data
    New(New),
    /// Show diagnostics, shapes and cost; runs nothing
    Check(Check),
    /// Run a project: only what is not fresh
    Run(Run),
    /// The reference of node kinds
    Nodes {
        /// One kind
        id: Option<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Predict the rows of a CSV, Parquet or JSONL file, or a folder of pictures
    Predict(Predict),
    /// Answer predictions over HTTP
    Serve(Serve),
    /// Write a model in another form
    Export(Export),
    /// What can compute here, and why something cannot
    Devices {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Step times of the reference networks
    Bench(Bench),
    /// Run jobs for a window over standard input and output (internal)
    #[command(hide = true)]
    Worker,
}

impl Command {
    /// Whether the answer is to be one JSON document, an error included.
    pub(crate) fn is_json(&self) -> bool {
        match self {
            Self::Templates { json } | Self::Nodes { json, .. } | Self::Devices { json } => *json,
            Self::Check(check) => check.json,
            Self::Run(run) => run.json,
            Self::Predict(predict) => predict.json,
            Self::Bench(bench) => bench.json,
            Self::New(_) | Self::Serve(_) | Self::Export(_) | Self::Worker => false,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// Starter graph; see `pyrograph templates`
    #[arg(long)]
    pub(crate) template: String,
    /// Data file, or folder of pictures
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Column to predict, or several with commas between them; without it a column named like a target, else the last
    /// one
    #[arg(long)]
    pub(crate) target: Option<String>,
    /// Project file to write
    #[arg(short, long)]
    pub(crate) output: PathBuf,
    /// Overwrite an existing project
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// Project file
    pub(crate) project: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// Project file
    pub(crate) project: PathBuf,
    /// Only this node and what it needs
    #[arg(long, value_name = "NODE")]
    pub(crate) to: Option<String>,
    /// Change a parameter for this run: `train.epochs=50`
    #[arg(long, value_name = "NODE.PARAM=VALUE")]
    pub(crate) set: Vec<String>,
    /// Device; see `pyrograph devices`
    #[arg(long, default_value = "cpu")]
    pub(crate) device: String,
    /// Seed instead of the project's
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Folder that receives models and reports
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Predict {
    /// Model bundle (.pyromodel)
    pub(crate) model: PathBuf,
    /// Rows: CSV, TSV, Parquet, JSONL, or a folder of pictures
    pub(crate) rows: PathBuf,
    /// File to write (.csv, .parquet, .xlsx, .jsonl), `-` for standard output
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
    /// Device
    #[arg(long, default_value = "cpu")]
    pub(crate) device: String,
    /// Print one JSON document with the counts
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Model bundle (.pyromodel)
    pub(crate) model: PathBuf,
    /// Address to listen on; one that other machines can reach needs a token in PYROGRAPH_TOKEN
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) addr: SocketAddr,
    /// Device
    #[arg(long, default_value = "cpu")]
    pub(crate) device: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// Model bundle (.pyromodel)
    pub(crate) model: PathBuf,
    /// Form to write
    #[arg(long)]
    pub(crate) to: String,
    /// Folder to write into
    #[arg(short, long)]
    pub(crate) output: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Bench {
    /// Device
    #[arg(long, default_value = "cpu")]
    pub(crate) device: String,
    /// One network only
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
