//! Reads one file repeatedly.
fn main() {
    let options = pg_data::read::CsvOptions::new(std::env::args().nth(1).expect("path"));
    for _ in 0..12 {
        let t = std::time::Instant::now();
        let r = pg_data::read::read_csv(
            &options,
            &pg_base::CancelToken::default(),
            &pg_base::NoProgress,
        )
        .expect("r");
        eprint!("{:.3} ", t.elapsed().as_secs_f64());
        drop(r);
    }
}
