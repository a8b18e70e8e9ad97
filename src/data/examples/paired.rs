//! Alternates both readers on one file.
use pg_base::{CancelToken, NoProgress};
use pg_data::read::{CsvOptions, read_csv};
use polars::prelude::*;
use std::time::Instant;
fn main() {
    let path = std::path::PathBuf::from(std::env::args().nth(1).expect("path"));
    let options = CsvOptions::new(&path);
    let mut pairs = Vec::new();
    for round in 0..31 {
        let ours = || {
            let t = Instant::now();
            let r = read_csv(&options, &CancelToken::default(), &NoProgress).expect("r");
            let e = t.elapsed().as_secs_f64();
            drop(r);
            e
        };
        let theirs = || {
            let t = Instant::now();
            let r = CsvReadOptions::default()
                .try_into_reader_with_file_path(Some(path.clone()))
                .and_then(SerReader::finish)
                .expect("r");
            let e = t.elapsed().as_secs_f64();
            drop(r);
            e
        };
        let pair = if round % 2 == 0 {
            let a = ours();
            (a, theirs())
        } else {
            let b = theirs();
            (ours(), b)
        };
        if round > 0 {
            pairs.push(pair);
        }
    }
    let med = |mut v: Vec<f64>| {
        v.sort_by(f64::total_cmp);
        (v[0], v[v.len() / 2])
    };
    let (om, o) = med(pairs.iter().map(|p| p.0).collect());
    let (tm, t) = med(pairs.iter().map(|p| p.1).collect());
    let (_, r) = med(pairs.iter().map(|p| p.0 / p.1).collect());
    println!(
        "ours min {om:.3} med {o:.3} | polars min {tm:.3} med {t:.3} | ratio of mins {:.2} of medians {:.2}, median of pair ratios {r:.2}",
        om / tm,
        o / t
    );
}
