//! Time to read 1,000,000 rows × 20 columns of numbers with gaps, split them, fill the gaps and standardise, beside the
//! same steps in bare Polars: both learn on the training rows only.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use pg_base::{CancelToken, NoProgress, Rng};
use pg_data::read::{CsvOptions, read_csv};
use pg_data::split::{self, Fractions};
use pg_data::steps::fill_missing::{FillMissing, NumberFill};
use pg_data::steps::standardise::Standardise;
use polars::prelude::*;

const N_ROWS: usize = 1_000_000;
const N_COLUMNS: usize = 20;
const FRACTIONS: Fractions = Fractions { validation: 0.15, test: 0.2 };

fn write_numbers(path: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let names: Vec<String> = (0..N_COLUMNS).map(|column| format!("x{column}")).collect();
    writeln!(file, "{}", names.join(","))?;
    let mut rng = Rng::new(1, "bench");
    for _ in 0..N_ROWS {
        for column in 0..N_COLUMNS {
            let end = if column + 1 == N_COLUMNS { '\n' } else { ',' };
            if rng.below(50) == 0 {
                write!(file, "{end}")?;
            } else {
                write!(file, "{:.4}{end}", rng.normal())?;
            }
        }
    }
    file.flush()
}

fn ours(path: &Path) -> pg_data::Table {
    let options = CsvOptions::new(path);
    let table = read_csv(&options, &CancelToken::default(), &NoProgress).expect("read").table;
    let parts = split::random(table.n_rows(), FRACTIONS, 1).expect("parts");
    let filling = FillMissing { numbers: NumberFill::Mean, ..FillMissing::default() };
    let filled = table.with_parts(&parts).and_then(|table| table.then(filling)).expect("filled");
    let table = filled.then(Standardise::default()).expect("standardised");
    black_box(table.rows());
    table
}

fn bare(path: &Path) -> DataFrame {
    let reader = CsvReadOptions::default().try_into_reader_with_file_path(Some(path.to_owned()));
    let frame = reader.and_then(SerReader::finish).expect("read");
    let names: Vec<String> = (0..N_COLUMNS).map(|column| format!("x{column}")).collect();
    let parts = split::random(frame.height(), FRACTIONS, 1).expect("parts");
    let training: BooleanChunked =
        parts.iter().map(|part| *part == pg_data::table::Part::Training).collect();
    let number = |frame: &DataFrame, name: &str| {
        frame.column(name).and_then(|column| column.f64().cloned()).expect("numbers")
    };
    let mut filled = frame;
    for name in &names {
        let values = number(&filled, name);
        let mean = values.filter(&training).expect("training").mean().expect("a mean");
        let values = values.fill_null_with_values(mean).expect("filled");
        filled.with_column(values.into_series().into()).expect("same height");
    }
    for name in &names {
        let values = number(&filled, name);
        let learnt = values.filter(&training).expect("training");
        let (mean, std) = (learnt.mean().expect("a mean"), learnt.std(0).expect("a deviation"));
        let values = values.apply_values(|value| (value - mean) / std);
        filled.with_column(values.into_series().into()).expect("same height");
    }
    filled
}

fn preparing(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("numbers.csv");
    write_numbers(&path).expect("writable");
    let mut group = criterion.benchmark_group("prepare 1,000,000 x 20");
    group.sample_size(10);
    group.bench_function("pyrograph", |bencher| bencher.iter(|| black_box(ours(&path))));
    group.bench_function("polars", |bencher| bencher.iter(|| black_box(bare(&path))));
    group.finish();
}

criterion_group!(benches, preparing);
criterion_main!(benches);
