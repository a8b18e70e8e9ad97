//! Text files as people really have them: titles, comments, decimal commas, several files, archives.

use super::*;

#[test]
fn what_stands_before_the_table() {
    check(
        "Sales report\nMade on Monday\n\ncity,n,x\nRome,1,2\nOslo,3,4\n",
        "city:category=Rome|Oslo\nn:number=1|3\nx:number=2|4\nwarning lines-skipped \"\" None",
    );
    check("# made by a script\n# twice\na,b\n1,x\n# again\n2,y\n", "a:number=1|2\nb:category=x|y");
    check("# a,b\n1,2\n3,4\n", "a:number=1|3\nb:number=2|4");
    check("colour,n\n#ff0000,1\n#00ff00,2\n", "colour:category=#ff0000|#00ff00\nn:number=1|2");
    check("sep=;\na;b\n1;2\n3;4\n", "a:number=1|3\nb:number=2|4");
    let skips = |options: &mut CsvOptions| options.n_skipped_lines = Some(2);
    check_with(b"x\ny\na,b\n1,2\n", skips, "a:number=1\nb:number=2");
    let percent = |options: &mut CsvOptions| options.comments = Comments::With(b'%');
    check_with(b"a,b\n%no\n1,2\n", percent, "a:number=1\nb:number=2");
}

#[test]
fn one_cell_more_or_less() {
    check("a,b\n1,2,\n3,4,\n", "a:number=1|3\nb:number=2|4");
    check("a,b,\n1,2,\n3,4,\n", "a:number=1|3\nb:number=2|4");
    check("a,b,\n1,2\n3,4\n", "a:number=1|3\nb:number=2|4");
    check("a,b\nr1,2,5\nr2,3,4\n", "column_1:category=r1|r2\na:number=2|3\nb:number=5|4");
}

#[test]
fn decimals_and_thousands() {
    check("a;b\n1,5;1.234\n2,25;2.500\n", "a:number=1.5|2.25\nb:number=1234|2500");
    check("a,b\n\"1,234\",x\n\"12,345.5\",y\n", "a:number=1234.0|12345.5\nb:category=x|y");
    check("a\tb\n1 234\tx\n12 345\ty\n", "a:number=1234|12345\nb:category=x|y");
    let comma = |options: &mut CsvOptions| options.decimal = Some(Decimal::Comma);
    check_with(b"a;b\n1.234;1\n2.345;2\n", comma, "a:number=1234|2345\nb:number=1|2");
}

#[test]
fn columns_that_stand_apart_by_blanks() {
    check(
        "  x    y  z\n 1.5    2  3\n 4.5   50  6\n   7    8  9\n",
        "x:number=1.5|4.5|7.0\ny:number=2|50|8\nz:number=3|6|9",
    );
    check(
        "18.0   8\t\"buick  a\"\n15.0   8\t\"buick b\"\n16.5   4\t\"amc c\"\n9.0   4\t\"amc d\"\n",
        "column_1:number=18.0|15.0|16.5|9.0\ncolumn_2:number=8|8|4|4\n\
         column_3:category=buick  a|buick b|amc c|amc d",
    );
}

#[test]
fn days_in_any_order() {
    check("d,n\n13/02/2024,1\n01/03/2024,2\n", "d:date=2024-02-13|2024-03-01\nn:number=1|2");
    check("d,n\n2/13/2024,1\n3/1/2024,2\n", "d:date=2024-02-13|2024-03-01\nn:number=1|2");
    check(
        "d,n\n1/2/2024,1\n3/4/2024,2\n",
        "d:date=2024-01-02|2024-03-04\nn:number=1|2\nwarning dates-ambiguous \"\" None",
    );
    check("d,n\n31 Jan 2024,1\n1 Feb 2024,2\n", "d:date=2024-01-31|2024-02-01\nn:number=1|2");
    check("d,n\n31.01.24,1\n01.02.24,2\n", "d:date=2024-01-31|2024-02-01\nn:number=1|2");
}

#[test]
fn wide_characters_of_either_order() {
    let text = "name,age\nBo,3\nAl,4\n";
    let expected = "name:category=Bo|Al\nage:number=3|4";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    check_with(&little, |_| {}, expected);
    check_with(&big, |_| {}, expected);
    check_with(&[b"\xfe\xff".as_slice(), &big].concat(), |_| {}, expected);
    check_with(&big, |options| options.encoding = Some(Encoding::Utf16), expected);
}

fn several(files: &[(&str, &str)], change: impl FnOnce(&mut CsvOptions)) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("writable");
    }
    let mut options = CsvOptions::new(folder.path().join("*.csv"));
    change(&mut options);
    let seen = header_of(&options);
    match read(&options) {
        Ok(read) => {
            assert_eq!(&seen.expect("a header"), read.table.schema());
            shown(&read)
        }
        Err(trouble) => format!("error {}\n", trouble.code),
    }
}

#[test]
fn several_files_are_one_table() {
    let files = [("a.csv", "x,y\n1,p\n2,q\n"), ("b.csv", "y,x\nr,3\n"), ("c.txt", "no")];
    assert_eq!(several(&files, |_| {}), "x:number=1|2|3\ny:category=p|q|r\n");
    assert_eq!(
        several(&files, |options| options.names_files = true),
        "x:number=1|2|3\ny:category=p|q|r\nfile:category=a.csv|a.csv|b.csv\n"
    );
    assert_eq!(
        several(&[("a.csv", "x,y\n1,p\n"), ("b.csv", "x,z\n1,p\n")], |_| {}),
        "error columns-differ\n"
    );
    assert_eq!(several(&[("a.txt", "x")], |_| {}), "error pattern-empty\n");
    // A stray in the last file makes the whole column text.
    let stray = [("a.csv", "x,y\n1,2\n3,4\n"), ("b.csv", "x,y\n5,six\n7,8\n")];
    assert!(several(&stray, |_| {}).starts_with("x:number=1|3|5|7\ny:category=2|4|six|8\n"));
}

#[test]
fn both_halves_of_the_census() {
    let files = [
        ("a.csv", "39, State-gov, 77516, <=50K\n50, ?, 83311, >50K\n38, Private, 215646, <=50K\n"),
        ("b.csv", "|1x3 Cross validator\n25, Private, 226802, <=50K.\n38, Private, 89814, >50K.\n"),
    ];
    assert_eq!(
        several(&files, |_| {}),
        "column_1:number=39|50|38|25|38\ncolumn_2:category=State-gov|null|Private|Private|Private\n\
         column_3:number=77516|83311|215646|226802|89814\ncolumn_4:category=<=50K|>50K|<=50K|<=50K|>50K\n\
         warning lines-skipped \"\" None\nwarning labels-joined \"column_4\" None\n"
    );
}

fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        writer.start_file(*name, ::zip::write::SimpleFileOptions::default()).expect("in memory");
        writer.write_all(text.as_bytes()).expect("in memory");
    }
    writer.finish().expect("in memory").into_inner()
}

#[test]
fn tables_in_archives() {
    let bytes = zipped(&[("readme.md", "hello"), ("a.csv", "x\n1\n2\n"), ("b.csv", "y\n3\n")]);
    check_with(&bytes, |_| {}, "x:number=1|2");
    check_with(&bytes, |options| options.entry = Some("b.csv".into()), "y:number=3");
    check_with(
        &bytes,
        |options| options.entry = Some("c.csv".into()),
        "error entry-missing \"\" None",
    );
    check_with(&zipped(&[("readme.md", "hello")]), |_| {}, "error zip-without-table \"\" None");
    check_with(&zipped(&[("[Content_Types].xml", "")]), |_| {}, "error file-not-text \"\" None");
}

#[test]
fn types_come_from_the_whole_file() {
    let mut text = String::from("a,b\n");
    (0..200_000).for_each(|n| {
        let late = if n > 60_000 { "word" } else { "1" };
        writeln!(text, "{n},{late}").expect("in memory");
    });
    let (_folder, options) = options_of(text.as_bytes());
    let kinds: Vec<ColumnKind> = header_of(&options)
        .expect("a header")
        .columns
        .into_iter()
        .map(|column| column.kind)
        .collect();
    assert_eq!(kinds, [ColumnKind::Number, ColumnKind::Category]);
}
