//! Sources with types of their own: workbooks, Parquet, Arrow, JSON, databases; good and bad.

use super::*;

const ORDERS: &str =
    "day:date=2024-01-02|2024-01-03|2024-01-04|2024-01-05\ncity:category=Rome|Oslo|Rome|Oslo\n";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("read/fixtures").join(name)
}

fn told(read: Result<ReadTable, Trouble>) -> String {
    match read {
        Ok(read) => shown(&read),
        Err(trouble) => format!("error {trouble}\n"),
    }
}

fn bad(name: &str, bytes: &[u8], read: impl Fn(&Path) -> Result<ReadTable, Trouble>) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("writable");
    read(&path).expect_err("unusable").code
}

fn sheet(path: &Path) -> Result<ReadTable, Trouble> {
    read_sheet(path, &SheetOptions::default())
}

#[test]
fn workbooks() {
    let expected =
        format!("{ORDERS}price:number=3.5|2.0|null|4.25\nsold:category=true|false|true|true\n");
    assert_eq!(told(sheet(&fixture("orders.xlsx"))), expected);
    assert_eq!(told(sheet(&fixture("orders.ods"))), expected);
    let named = |name: &str| SheetOptions { sheet: Some(name.into()), ..SheetOptions::default() };
    assert_eq!(
        told(read_sheet(&fixture("orders.xlsx"), &named("second"))),
        "a:number=1|3\nb:number=2|4\n"
    );
    let missing = told(read_sheet(&fixture("orders.xlsx"), &named("Third")));
    assert!(missing.contains("Choose one of: Orders, Second"), "{missing}");
    let whole = fs::read(fixture("orders.xlsx")).expect("a file");
    assert_eq!(bad("a.xlsx", &whole[..whole.len() / 2], sheet), "file-corrupt");
    assert_eq!(bad("a.xlsx", b"a,b\n1,2\n", sheet), "file-not-workbook");
    assert_eq!(bad("a.xlsx", b"", sheet), "file-empty");
    assert_eq!(sheet(&fixture("locked.xlsx")).expect_err("locked").code, "file-encrypted");
}

#[test]
fn columns_on_disk() {
    let none = ColumnChoices::default();
    let expected = format!(
        "{ORDERS}price:number=3.5|2.0|null|4.25\nzip:category=01234|01234|null|99999\nsold:category=true|false|true|true\n"
    );
    assert_eq!(told(read_parquet(&fixture("orders.parquet"), &none)), expected);
    assert_eq!(told(read_arrow(&fixture("orders.arrow"), &none)), expected);
    let sample = sample_of_parquet(&fixture("orders.parquet"), &none).expect("a sample");
    assert!(sample.is_whole);
    let whole = fs::read(fixture("orders.parquet")).expect("a file");
    let parquet = |path: &Path| read_parquet(path, &ColumnChoices::default());
    let arrow = |path: &Path| read_arrow(path, &ColumnChoices::default());
    assert_eq!(bad("a.parquet", &whole[..whole.len() - 20], parquet), "file-corrupt");
    assert_eq!(bad("a.parquet", b"", parquet), "file-corrupt");
    assert_eq!(bad("a.arrow", &whole, arrow), "format-unknown");
    assert_eq!(bad("a.arrow", b"", arrow), "file-empty");
}

#[test]
fn objects() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.json");
    let read = |text: &str| {
        fs::write(&path, text).expect("writable");
        told(read_json(&path, &ColumnChoices::default(), &CancelToken::default()))
    };
    let expected = "a:number=1|null|3\nat.city:category=Rome|Oslo|null\nat.zip:category=01|02|null\nok:category=null|true|false\n";
    let rows = [
        "{\"a\": 1, \"at\": {\"city\": \"Rome\", \"zip\": \"01\"}}",
        "{\"a\": null, \"at\": {\"city\": \"Oslo\", \"zip\": \"02\"}, \"ok\": true}",
        "{\"a\": 3, \"ok\": false}",
    ];
    assert_eq!(read(&rows.join("\n")), expected);
    assert_eq!(read(&format!("[{}]", rows.join(",\n"))), expected);
    assert_eq!(
        read("[]"),
        format!(
            "error the file has a header but no rows; expected: at least one row. Choose another file, or say that the file has no header. [{}]\n",
            path.display()
        )
    );
    assert!(
        read("{\"n\": 1}\noops\n{\"n\": 2}")
            .contains("n:number=1|2\nwarning json-invalid \"\" Some(2)")
    );
    assert!(read("oops").starts_with("error row 1: the line is no JSON object"));
    assert!(read("[{\"n\": 1}, {\"n\"").starts_with("error row 2: the file is no JSON"));
    assert!(read("").starts_with("error the file is empty"));
}

#[test]
fn databases() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    let database = rusqlite::Connection::open(&path).expect("a database");
    database
        .execute_batch(
            "CREATE TABLE orders(day TEXT, zip TEXT, price REAL, n INTEGER);
             INSERT INTO orders VALUES ('2024-01-02', '01', 3.5, 7), ('2024-01-03', '02', NULL, 8), ('2024-01-04', '01', 2, 9);
             CREATE TABLE \"odd name\"(x);",
        )
        .expect("filled");
    let read = |table: &str, query: &str| {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let options =
            SqliteOptions { table: text(table), query: text(query), ..SqliteOptions::default() };
        told(read_sqlite(&path, &options, &CancelToken::default()))
    };
    let rows = "day:date=2024-01-02|2024-01-03|2024-01-04\nzip:category=01|02|01\nprice:number=3.5|null|2.0\nn:number=7|8|9\n";
    assert_eq!(read("Orders", ""), rows);
    assert_eq!(read("", "SELECT n * 2 AS twice FROM orders WHERE n > 7;"), "twice:number=16|18\n");
    assert!(read("", "").contains("several tables. Choose one of: odd name, orders."));
    assert!(
        read("nope", "").contains("there is no table `nope`. Choose one of: odd name, orders.")
    );
    assert!(read("", "SELECT nope FROM orders").contains("no such column: nope"));
    assert!(read("", "DELETE FROM orders").contains("gives no rows"));
    assert_eq!(read("orders", ""), rows);
    let sqlite =
        |path: &Path| read_sqlite(path, &SqliteOptions::default(), &CancelToken::default());
    assert_eq!(bad("a.db", b"a,b\n1,2\n", sqlite), "file-not-database");
}
