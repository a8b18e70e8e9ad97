//! Prints what is read.
fn main() {
    for path in std::env::args().skip(1) {
        let started = std::time::Instant::now();
        match pg_data::read::read_csv(&pg_data::read::CsvOptions::new(&path), &pg_base::CancelToken::default(), &pg_base::NoProgress) {
            Ok(found) => {
                println!("== {path} {} rows {:?} {:?}", found.table.n_rows(), found.sniffed, started.elapsed());
                let cols: Vec<String> = found.table.schema().columns.iter().take(14).map(|c| format!("{}:{}:{:?}", c.name, c.kind.id(), c.role)).collect();
                println!("   {}", cols.join(", "));
                for warning in found.warnings.iter().take(8) { println!("   ! {} {}", warning.code, warning.message(pg_base::Lang::En)); }
            }
            Err(trouble) => println!("== {path} ERROR {} {}", trouble.code, trouble),
        }
        if let Ok(sample) = pg_data::read::sample_of(&pg_data::read::CsvOptions::new(&path)) { println!("   sample {} rows", sample.table.n_rows()); }
    }
}
