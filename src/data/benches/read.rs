//! Time to read 1,000,000 rows × 20 columns of numbers, beside the bare reader of Polars on the same file.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use pg_base::{CancelToken, NoProgress, Rng};
use pg_data::read::{CsvOptions, read_csv};
use polars::prelude::*;

const N_ROWS: usize = 1_000_000;
const N_COLUMNS: usize = 20;

fn write_numbers(path: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let names: Vec<String> = (0..N_COLUMNS).map(|column| format!("x{column}")).collect();
    writeln!(file, "{}", names.join(","))?;
    let mut rng = Rng::new(1, "bench");
    for _ in 0..N_ROWS {
        for column in 0..N_COLUMNS {
            let end = if column + 1 == N_COLUMNS { '\n' } else { ',' };
            match column % 4 {
                0 => write!(file, "{}{end}", rng.below(100_000))?,
                1 => write!(file, "{:.4}{end}", rng.normal())?,
                2 => write!(file, "{:.2}{end}", 1000.0 * rng.unit())?,
                _ => write!(file, "{}{end}", rng.normal())?,
            }
        }
    }
    file.flush()
}

fn reading(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("numbers.csv");
    write_numbers(&path).expect("writable");
    let mut group = criterion.benchmark_group("read 1,000,000 x 20");
    group.sample_size(10);
    group.bench_function("pyrograph", |bencher| {
        let options = CsvOptions::new(&path);
        bencher.iter(|| {
            black_box(read_csv(&options, &CancelToken::default(), &NoProgress).expect("read"))
        });
    });
    group.bench_function("polars", |bencher| {
        bencher.iter(|| {
            let reader =
                CsvReadOptions::default().try_into_reader_with_file_path(Some(path.clone()));
            black_box(reader.and_then(SerReader::finish).expect("read"))
        });
    });
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
