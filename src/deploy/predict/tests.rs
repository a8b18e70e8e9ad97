//! Tests of predicting files: columns stay, problems are told, chunks do not matter.

use std::fs;
use std::sync::Arc;

use pg_base::NoProgress;

use super::*;
use crate::testing::{self, Plain};

const ROWS: &str = "width,id,colour,length,prediction\n3.5,007,red,5.1,a\n,8,red,4.9,b\n3.0,9,blue,abc,\"c,\"\"c\"\n3.1,10\n3.2,11,green,,d\n";

fn scorer() -> Scorer {
    Scorer::new(Arc::new(testing::flowers_model()), &Plain).expect("loads")
}

fn predict(
    input: &Path,
    output: Option<&Path>,
    rows_per_chunk: usize,
) -> Result<PredictSummary, Trouble> {
    let options = PredictOptions { rows_per_chunk, ..PredictOptions::default() };
    predict_file(&mut scorer(), input, output, options, &NoProgress, &CancelToken::default())
}

#[test]
fn columns_stay_and_problems_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("rows.csv");
    fs::write(&input, ROWS).expect("written");
    let summary = predict(&input, None, 1000).expect("predicted");
    assert_eq!((summary.n_rows, summary.n_predicted, summary.n_rejected), (5, 3, 2));
    let output = summary.output.clone().expect("a file");
    assert_eq!(output, folder.path().join("rows.predictions.csv"));
    let text = fs::read_to_string(&output).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "width,id,colour,length,prediction,prediction_,probability_setosa,probability_virginica,problem"
    );
    assert!(lines[1].starts_with("3.5,007,red,5.1,a,setosa,0."), "{}", lines[1]);
    assert_eq!(lines[2], ",8,red,4.9,b,,,,width: no value");
    assert!(
        lines[3].starts_with("3.0,9,blue,abc,\"c,\"\"c\",")
            && lines[3].contains("length: the cell holds `abc`"),
        "{}",
        lines[3]
    );
    assert!(lines[4].starts_with("3.1,10,,,,,,,the row has 2 cells"), "{}", lines[4]);
    assert!(
        lines[5].starts_with("3.2,11,green,,d,virginica,")
            || lines[5].starts_with("3.2,11,green,,d,setosa,"),
        "{}",
        lines[5]
    );
    assert_eq!(
        summary
            .first_rejections
            .iter()
            .map(|trouble| trouble.details.place.row)
            .collect::<Vec<_>>(),
        [Some(2), Some(4)]
    );
    for rows_per_chunk in [1, 2] {
        assert_eq!(predict(&input, None, rows_per_chunk).expect("predicted"), summary);
        assert_eq!(fs::read_to_string(&output).expect("text"), text);
    }
}

#[test]
fn other_forms_and_refusals() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("rows.csv");
    fs::write(&input, ROWS).expect("written");
    for name in ["a.parquet", "a.jsonl", "a.tsv"] {
        let output = folder.path().join(name);
        assert_eq!(predict(&input, Some(&output), 2).expect("predicted").n_predicted, 3);
        assert!(output.exists());
    }
    let again = predict(&folder.path().join("a.parquet"), None, 2).expect("predicted");
    assert_eq!(again.output, Some(folder.path().join("a.predictions.parquet")));
    let again = predict(&folder.path().join("a.jsonl"), None, 2).expect("predicted");
    assert_eq!((again.n_rows, again.output), (5, Some(folder.path().join("a.predictions.jsonl"))));
    let code =
        |input: &Path, output: Option<&Path>| predict(input, output, 10).expect_err("refused").code;
    assert_eq!(code(&input, Some(&input)), "output-is-input");
    assert_eq!(code(&input, Some(Path::new("a.docx"))), "format-unknown");
    assert_eq!(code(&folder.path().join("none.csv"), None), "file-missing");
    let few = folder.path().join("few.csv");
    fs::write(&few, "width,length\n1,2\n").expect("written");
    let trouble = predict(&few, None, 10).expect_err("a column is missing");
    assert!(trouble.to_string().contains("colour"), "{trouble}");
    let cancel = CancelToken::default();
    cancel.cancel();
    let stopped =
        predict_file(&mut scorer(), &input, None, PredictOptions::default(), &NoProgress, &cancel);
    assert!(stopped.expect_err("cancelled").is_cancelled());
}

#[test]
fn folders_of_pictures_are_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = Arc::new(testing::pictures_model(folder.path()));
    fs::write(folder.path().join("broken.png"), b"no picture").expect("written");
    let mut scorer = Scorer::new(model, &Plain).expect("loads");
    let out = tempfile::tempdir().expect("a folder");
    let output = out.path().join("out.csv");
    let options = PredictOptions::default();
    let summary = predict_file(
        &mut scorer,
        folder.path(),
        Some(&output),
        options,
        &NoProgress,
        &CancelToken::default(),
    )
    .expect("predicted");
    assert_eq!((summary.n_rows, summary.n_predicted, summary.n_rejected), (5, 4, 1));
    let text = fs::read_to_string(&output).expect("text");
    assert!(
        text.starts_with("image,prediction,probability_dark,probability_light,problem\n"),
        "{text}"
    );
    assert!(text.contains("broken.png,,,,image: the picture could not be read"), "{text}");
}
