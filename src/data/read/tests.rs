//! Reading from data in to expected out: every kind of file, good and bad.

mod typed;
mod wild;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use pg_base::{CancelToken, NoProgress, Trouble};
use polars::prelude::*;

use super::*;
use crate::schema::{Column, ColumnKind, ImageForm, Role, Schema};

fn options_of(bytes: &[u8]) -> (tempfile::TempDir, CsvOptions) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    fs::write(&path, bytes).expect("writable");
    (folder, CsvOptions::new(path))
}

fn read(options: &CsvOptions) -> Result<ReadTable, Trouble> {
    read_csv(options, &CancelToken::default(), &NoProgress)
}

/// `name:kind[!role]=value|value` per column, then `warning CODE` lines.
fn shown(read: &ReadTable) -> String {
    let mut text = String::new();
    for column in &read.table.schema().columns {
        let values = read.table.rows().column(&column.name).expect("a column");
        let values: Vec<String> = (0..values.len())
            .map(|row| values.get(row).expect("a row").str_value().to_string())
            .collect();
        let role = if column.role == Role::Feature {
            String::new()
        } else {
            format!("!{:?}", column.role)
        };
        writeln!(text, "{}:{}{role}={}", column.name, column.kind.id(), values.join("|"))
            .expect("in memory");
    }
    for warning in &read.warnings {
        let place = &warning.details.place;
        writeln!(
            text,
            "warning {} {:?} {:?}",
            warning.code,
            place.column.as_deref().unwrap_or(""),
            place.row
        )
        .expect("in memory");
    }
    text
}

fn check_with(bytes: &[u8], change: impl FnOnce(&mut CsvOptions), expected: &str) {
    let (_folder, mut options) = options_of(bytes);
    change(&mut options);
    let text = match read(&options) {
        Ok(read) => {
            assert_eq!(&header_of(&options).expect("a header"), read.table.schema());
            shown(&read)
        }
        Err(trouble) => {
            assert_eq!(trouble.details.place.path.as_ref(), Some(&options.path), "{trouble}");
            let place = &trouble.details.place;
            format!(
                "error {} {:?} {:?}\n",
                trouble.code,
                place.column.as_deref().unwrap_or(""),
                place.row
            )
        }
    };
    let lines: Vec<&str> = expected.lines().map(str::trim).collect();
    let expected = format!("{}\n", lines.join("\n"));
    assert_eq!(text, expected, "{}", String::from_utf8_lossy(bytes));
}

fn check(text: &str, expected: &str) {
    check_with(text.as_bytes(), |_| {}, expected);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

#[test]
fn plain_tables() {
    check("a,b\n1,x\n2,y\n", "a:number=1|2\nb:category=x|y");
    check("a\tb\r\n1.5\tx\r\n\t y \r\n", "a:number=1.5|null\nb:category=x|y");
    check(
        "\u{feff}a;b\n1;NA\n2;?\n",
        "a:number=1|2\nb:number=null|null\nwarning column-empty \"b\" None",
    );
    check(
        "5.1,setosa\n4.9,setosa\n7,virginica\n",
        "column_1:number=5.1|4.9|7.0\ncolumn_2:category=setosa|setosa|virginica",
    );
    check("a,a,,#row\n1,2,3,4\n", "a:number=1\na_2:number=2\ncolumn_3:number=3\nrow:number=4");
    check("day,n\n2024-01-02,1\n2024/1/3,2\n", "day:date=2024-01-02|2024-01-03\nn:number=1|2");
    check(
        "when,n\n2024-01-02 10:00,1\n2024-01-03,2\n",
        "when:date=2024-01-02 10:00:00|2024-01-03 00:00:00\nn:number=1|2",
    );
    check("user_id,x\nu1,1\nu2,1\nu3,2\n", "user_id:category!Id=u1|u2|u3\nx:number=1|1|2");
    check(
        "n,flag,x\n1,true,3\n2,false,1\n3,true,2\n",
        "n:number!Id=1|2|3\nflag:category=true|false|true\nx:number=3|1|2",
    );
    check("one\nhello, you\nbye\n", "one:category=hello, you|bye");
    check("a,b\r1,2\r3,4\r", "a:number=1|3\nb:number=2|4");
}

#[test]
fn census_style_blanks() {
    check(
        "39, State-gov, 77516, <=50K\n50, ?, 83311, >50K\n38, Private, 215646, <=50K\n",
        "column_1:number=39|50|38\ncolumn_2:category=State-gov|null|Private\ncolumn_3:number=77516|83311|215646\n\
         column_4:category=<=50K|>50K|<=50K",
    );
    let keeps = |options: &mut CsvOptions| options.trims = false;
    check_with(b"a,b\n1, x\n2,y\n", keeps, "a:number=1|2\nb:category= x|y");
}

#[test]
fn quotes() {
    check(
        "a,b\n\"x, y\",1\n\"two\nlines\",2\n\"\"\"q\"\"\",3\n",
        "a:category=x, y|two\nlines|\"q\"\nb:number=1|2|3",
    );
    check("a,b\n1,\"x\n2,y\n", "error quote-open \"\" Some(1)");
    check("a,b\n1,x\n2,\"y\" z\n", "error quote-stray \"\" Some(2)");
    let never = |options: &mut CsvOptions| options.quote = Quoting::Never;
    check_with(b"a,b\n1,\"x\n2,y\n", never, "a:number=1|2\nb:category=\"x|y");
    check(
        "ham\tsay \"hi\"\nspam\t\"Free\" now\nham\tno\"\n",
        "column_1:category=ham|spam|ham\ncolumn_2:category=say \"hi\"|\"Free\" now|no\"",
    );
}

#[test]
fn encodings() {
    let text = "订单号;城市;金额\nD1;杭州;1.5\nD2;广州;2\nD3;西安;空\n";
    let expected =
        "订单号:category!Id=D1|D2|D3\n城市:category=杭州|广州|西安\n金额:number=1.5|2.0|null";
    check(text, expected);
    let guessed = format!("{expected}\nwarning encoding-guessed \"\" None");
    check_with(&encoding_rs::GB18030.encode(text).0, |_| {}, &guessed);
    let wide: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    check_with(&wide, |_| {}, expected);
    check_with(
        &encoding_rs::GB18030.encode(text).0,
        |options| options.encoding = Some(Encoding::Gb18030),
        expected,
    );
    let latin = encoding_rs::WINDOWS_1252
        .encode("nom,ville\nÉlodie,Orléans\nZoé,Besançon\n")
        .0
        .into_owned();
    check_with(
        &latin,
        |options| options.encoding = Some(Encoding::Latin1),
        "nom:category=Élodie|Zoé\nville:category=Orléans|Besançon",
    );
    check_with(
        &latin,
        |options| options.encoding = Some(Encoding::Utf8),
        "error bytes-invalid \"\" Some(1)",
    );
    let broken = b"a,b\n1,x\n2,y\n3,\xff\n";
    check_with(
        broken,
        |options| options.encoding = Some(Encoding::Utf8),
        "error bytes-invalid \"\" Some(3)",
    );
    check_with(
        broken,
        |options| options.encoding = Some(Encoding::Gb18030),
        "error bytes-invalid \"\" Some(3)",
    );
}

#[test]
fn bad_files() {
    check("", "error file-empty \"\" None");
    check(" \n\r\n", "error file-empty \"\" None");
    check("a,b\n", "error table-empty \"\" None");
    check("a,b\n1,2\n3\n", "error row-ragged \"\" Some(2)");
    check("a,b,c\n1,2\n3,4\n", "error row-ragged \"\" Some(1)");
    check("a,b\n1,2\n3,4,5\n", "error row-ragged \"\" Some(2)");
    check("PK\u{3}\u{4}rest", "error file-corrupt \"\" None");
    let folder = tempfile::tempdir().expect("a folder");
    let code = |path: &Path| read(&CsvOptions::new(path)).expect_err("not a file").code;
    assert_eq!(code(folder.path()), "file-is-folder");
    assert_eq!(code(&folder.path().join("absent.csv")), "file-missing");
}

#[test]
fn compressed_files() {
    let mut text = String::from("a,b\n");
    (0..20_000).for_each(|n| writeln!(text, "{n},{}", (n * 7919) % 1000).expect("in memory"));
    let packed = gzip(text.as_bytes());
    let (_folder, options) = options_of(&packed);
    let read_back = read(&options).expect("whole");
    assert_eq!(read_back.table.n_rows(), 20_000);
    assert!(read_back.sniffed.expect("text").is_gzip);
    check_with(&packed[..packed.len() / 2], |_| {}, "error file-truncated \"\" None");
    let mut damaged = packed.clone();
    damaged[packed.len() / 2] ^= 0xff;
    let (_folder, options) = options_of(&damaged);
    assert_eq!(read(&options).expect_err("damaged").code, "file-corrupt");
}

#[test]
fn numbers_that_are_none() {
    check(
        "x,y\n1,2\ninf,NaN\n1e999,4\n",
        "x:number=1|null|null\ny:number=2|null|4\nwarning infinity-missing \"x\" Some(2)",
    );
    let mut text = String::from("x,y\n");
    (0..50).for_each(|n| writeln!(text, "{n},{n}").expect("in memory"));
    let stray = format!("{text}oops,1\n");
    let (_folder, mut options) = options_of(stray.as_bytes());
    let found = read(&options).expect("as text");
    assert_eq!(found.table.schema().columns[0].kind, ColumnKind::Text);
    let warning = &found.warnings[0];
    assert_eq!(
        (warning.code.as_str(), warning.details.place.row),
        ("text-among-numbers", Some(51))
    );
    assert!(warning.to_string().contains("1 of its 51 values"), "{warning}");
    options.kinds.insert("x".into(), "number".into());
    let trouble = read(&options).expect_err("a number is wanted");
    assert_eq!((trouble.code.as_str(), trouble.details.place.row), ("not-a-number", Some(51)));
    assert!(
        trouble.to_string().contains("`oops`") && trouble.to_string().contains("missing marks"),
        "{trouble}"
    );
    options.missing_marks.push("oops".into());
    assert_eq!(
        read(&options).expect("marked").table.rows().numbers("x").expect("numbers").null_count(),
        1
    );
}

#[test]
fn what_the_sample_does_not_show() {
    // Both columns look like numbers in nearly the whole file; then one has a decimal point and the other a word.
    let mut text = String::from("whole,mixed\n");
    (0..600_000).for_each(|n| writeln!(text, "{n},{}", n % 7).expect("in memory"));
    text.push_str("0.5,seven\n");
    let (_folder, options) = options_of(text.as_bytes());
    let found = read(&options).expect("read");
    let frame = &found.table.rows().frame;
    assert_eq!(frame.column("whole").expect("a column").dtype(), &DataType::Float64);
    assert_eq!(frame.column("mixed").expect("a column").dtype(), &DataType::String);
    assert_eq!(found.table.rows().texts("mixed").expect("texts").get(600_000), Some("seven"));
    assert_eq!(found.warnings[0].details.place.row, Some(600_001));
    assert_eq!(header_of(&options).expect("a header").columns[1].kind, ColumnKind::Number);
}

#[test]
fn chosen_kinds() {
    let choose = |name: &'static str, kind: &'static str| {
        move |options: &mut CsvOptions| _ = options.kinds.insert(name.into(), kind.into())
    };
    check_with(b"a,b\n1,x\n2,y\n", choose("a", "category"), "a:category=1|2\nb:category=x|y");
    check_with(b"a,b\n1,x\n2,y\n", choose("b", "text"), "a:number=1|2\nb:text=x|y");
    check_with(b"a,b\n1,x\n2,y\n", choose("b", "date"), "error not-a-date \"b\" Some(1)");
    let (_folder, mut options) = options_of(b"a,b\n1,2\n");
    choose("A", "text")(&mut options);
    assert_eq!(read(&options).expect_err("unknown").code, "column-unknown");
    options.kinds.clear();
    choose("a", "sequence")(&mut options);
    assert_eq!(read(&options).expect_err("unknown").code, "kind-unknown");
}

#[test]
fn cancelled() {
    let (_folder, options) = options_of(b"a\n1\n");
    let cancel = CancelToken::default();
    cancel.cancel();
    assert!(read_csv(&options, &cancel, &NoProgress).expect_err("cancelled").is_cancelled());
}

fn wanted() -> Schema {
    let age = Column::new("age", ColumnKind::Number);
    let city = Column::new("city", ColumnKind::Category);
    Schema {
        columns: vec![
            city,
            age,
            Column::new("bought", ColumnKind::Category).with_role(Role::Target),
        ],
    }
}

fn check_rows(name: &str, bytes: &[u8], expected: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("writable");
    assert_eq!(rows_of(&path, &wanted()), expected, "{name}");
}

/// One line per row: `row original | typed`, then one per trouble, or the error.
fn rows_of(path: &Path, schema: &Schema) -> Vec<String> {
    let mut lines = Vec::new();
    let chunks = match open_rows(path, schema, &Reading::default(), 2) {
        Ok(chunks) => chunks,
        Err(trouble) => return vec![format!("error {}", trouble.code)],
    };
    let values = |frame: &DataFrame, row: usize| {
        let cell = |column: &polars::prelude::Column| {
            column.get(row).expect("a row").str_value().to_string()
        };
        frame.columns().iter().map(cell).collect::<Vec<_>>().join(",")
    };
    for chunk in chunks {
        match chunk {
            Ok(chunk) => {
                for row in 0..chunk.original.height() {
                    let (original, typed) =
                        (values(&chunk.original, row), values(&chunk.rows.frame, row));
                    lines.push(format!("{} {original} | {typed}", chunk.first_row + row as u64));
                }
                let place =
                    |trouble: &Trouble| format!("{} {:?}", trouble.code, trouble.details.place.row);
                lines.extend(chunk.troubles.iter().map(place));
            }
            Err(trouble) => {
                lines.push(format!("error {} {:?}", trouble.code, trouble.details.place.row));
            }
        }
    }
    lines
}

#[test]
fn rows_are_streamed_with_their_original_cells() {
    check_rows(
        "a.csv",
        b"name,age,city\nBo, 3 ,Rome\nAl,old,NA\n\nCy,4\nDi,5,Oslo\nEd,\"6",
        &[
            "1 Bo, 3 ,Rome | Rome,3.0,null",
            "2 Al,old,NA | null,null,null",
            "not-a-number Some(2)",
            "3 Cy,4,null | null,4.0,null",
            "4 Di,5,Oslo | Oslo,5.0,null",
            "row-ragged Some(3)",
            "error quote-open Some(5)",
        ],
    );
    check_rows("b.csv", b"name,city\nBo,Rome\n", &["error column-unknown None"]);
    check_rows(
        "c.jsonl",
        b"{\"age\": 3, \"city\": \"Rome\", \"n\": 1}\n{\"age\": \"x\", \"city\": null}\n\n[1]\n{\"age\":2.5,\"city\":7}\n",
        &[
            "1 3,Rome,1 | Rome,3.0,null",
            "2 x,null,null | null,null,null",
            "not-a-number Some(2)",
            "3 null,null | null,null,null",
            "4 2.5,7 | 7,2.5,null",
            "json-invalid Some(3)",
        ],
    );
    check_rows(
        "d.json",
        b"[{\"age\": 1, \"city\": \"Rome\"},\n {\"city\": \"Oslo\", \"age\": null}]",
        &["1 1,Rome | Rome,1.0,null", "2 null,Oslo | Oslo,null,null"],
    );
    check_rows("e.xlsx", b"PK", &["error file-corrupt"]);
    check_rows("f.docx", b"PK", &["error format-unknown"]);
}

#[test]
fn parquet_is_streamed_over_row_groups() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let mut writer = crate::write::TableWriter::new(&path).expect("writable");
    for group in 0..3 {
        let age = Series::new("age".into(), [f64::from(group), f64::NAN, 7.0]);
        let city = Series::new("city".into(), [Some("Rome"), None, Some("NA")]);
        writer
            .write(&DataFrame::new(3, vec![age.into(), city.into()]).expect("a frame"))
            .expect("written");
    }
    writer.finish().expect("finished");
    let lines = rows_of(&path, &wanted());
    assert_eq!(lines.len(), 9, "{lines:?}");
    assert_eq!(
        lines[3..6],
        ["4 1.0,Rome | Rome,1.0,null", "5 NaN,null | null,null,null", "6 7.0,NA | null,7.0,null"]
    );
    let whole = fs::read(&path).expect("a file");
    fs::write(&path, &whole[..whole.len() - 9]).expect("writable");
    assert_eq!(rows_of(&path, &wanted()), ["error file-corrupt"]);
}

fn picture(path: PathBuf, width: u32, height: u32) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
    let shade = |x: u32, y: u32| image::Rgb([(x * 10) as u8, (y * 10) as u8, 200]);
    image::RgbImage::from_fn(width, height, shade).save(path).expect("writable");
}

#[test]
fn folders_of_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let scan = |path: &Path| scan_image_folder(path, &CancelToken::default());
    assert_eq!(scan(folder.path()).expect_err("empty").code, "folder-empty");
    assert_eq!(scan(&at("absent")).expect_err("absent").code, "file-missing");
    picture(at("cat/a10.png"), 4, 4);
    picture(at("cat/a2.PNG"), 4, 4);
    picture(at("10/x.bmp"), 4, 4);
    picture(at("9/x.gif"), 4, 4);
    fs::write(at("cat/notes.txt"), "no picture").expect("writable");
    fs::create_dir(at("empty")).expect("writable");
    let found = scan(folder.path()).expect("pictures");
    let rows = found.table.rows();
    let names: Vec<String> = rows
        .texts("image")
        .expect("paths")
        .iter()
        .flatten()
        .map(|path| {
            path.strip_prefix(folder.path().to_str().expect("a name")).expect("inside").to_owned()
        })
        .collect();
    assert_eq!(names, ["/9/x.gif", "/10/x.bmp", "/cat/a2.PNG", "/cat/a10.png"]);
    assert_eq!(found.table.schema().target().expect("a target").name, "label");
    let codes: Vec<&str> = found.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["class-empty", "files-ignored"]);
    let unlabelled = scan(&at("cat")).expect("pictures");
    assert_eq!(unlabelled.table.schema().columns.len(), 1);
    let schema =
        Schema { columns: vec![Column::new("photo", ColumnKind::Image(ImageForm::Files))] };
    assert_eq!(
        open_rows(&at("cat"), &schema, &Reading::default(), 10)
            .expect("rows")
            .next()
            .expect("a chunk")
            .expect("read")
            .rows
            .n_rows(),
        2
    );
    assert_eq!(
        open_rows(&at("9/x.gif"), &schema, &Reading::default(), 10).expect("rows").count(),
        1
    );
    assert_eq!(rows_of(&at("cat"), &wanted()), ["error source-kind"]);
}

#[test]
fn pictures_are_decoded() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    picture(at("a.png"), 8, 4);
    assert_eq!(decode(&at("a.png"), 4, 8, 3).expect("decoded")[..6], [0, 0, 200, 10, 0, 200]);
    assert_eq!(decode(&at("a.png"), 2, 2, 1).expect("decoded").len(), 4);
    let whole = fs::read(at("a.png")).expect("a file");
    fs::write(at("cut.png"), &whole[..whole.len() / 2]).expect("writable");
    fs::write(at("text.png"), "hello").expect("writable");
    // The header of a PNG that claims 60,000 × 60,000 pixels.
    let mut huge = whole.clone();
    huge[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let mut crc = flate2::Crc::new();
    crc.update(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    fs::write(at("huge.png"), huge).expect("writable");
    let paths = ["a.png", "cut.png", "text.png", "huge.png", "absent.png"].map(at);
    let codes: Vec<String> = decode_all(&paths, 4, 4, 3, &CancelToken::default())
        .into_iter()
        .map(|result| result.map_or_else(|trouble| trouble.code, |bytes| bytes.len().to_string()))
        .collect();
    assert_eq!(codes, ["48", "image-corrupt", "image-corrupt", "image-too-large", "file-missing"]);
    let cancel = CancelToken::default();
    cancel.cancel();
    assert!(
        decode_all(&paths, 4, 4, 3, &cancel)
            .iter()
            .all(|result| result.as_ref().is_err_and(Trouble::is_cancelled))
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_reading_panic(
        bytes in proptest::collection::vec(proptest::prop_oneof![
            proptest::prelude::any::<u8>(),
            proptest::sample::select(b",;\t|\"\n\r 0159.-eaN\xe4\xff".to_vec()),
        ], 0..200)
    ) {
        let (_folder, mut options) = options_of(&bytes);
        let _ = header_of(&options);
        if let Ok(found) = read(&options) {
            let schema = found.table.schema().clone();
            let n_rows: usize = open_chunks(&options, &schema, 3).expect("opened")
                .map(|chunk| chunk.expect("read before").rows.n_rows()).sum();
            proptest::prop_assert_eq!(n_rows, found.table.n_rows());
        }
        for encoding in Encoding::ALL {
            options.encoding = Some(encoding);
            let _ = read(&options);
        }
    }

    #[test]
    fn what_is_written_is_read_back(cells in proptest::collection::vec("[a-z ,\"\n中é]{1,8}", 1..40)) {
        let (_folder, mut options) = options_of(b"");
        let mut text = String::from("id,cell\n");
        for (row, cell) in cells.iter().enumerate() {
            writeln!(text, "{row},\"x{}x\"", cell.replace('"', "\"\"")).expect("in memory");
        }
        fs::write(&options.path, text).expect("writable");
        options.delimiter = Some(b',');
        let found = read(&options).expect("read");
        let texts = found.table.rows().texts("cell").expect("texts");
        let expected: Vec<String> = cells.iter().map(|cell| format!("x{cell}x")).collect();
        proptest::prop_assert_eq!(texts.iter().flatten().collect::<Vec<_>>(), expected);
    }
}
