//! Tests of bundles: whole ones come back, everything else is refused with a reason.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::Path;

use pg_base::{Rng, hash};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::testing::{self, Plain};

type Entries = Vec<(String, Vec<u8>)>;

fn flowers() -> Bundle {
    Bundle::new(&testing::flowers_model(), Some("{\"nodes\": []}"), &Plain).expect("a bundle")
}

fn code(bytes: &[u8]) -> String {
    Bundle::from_bytes(bytes).expect_err("refused").code
}

#[test]
fn a_bundle_comes_back_and_its_bytes_repeat() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("flowers.pyromodel");
    save(&testing::flowers_model(), Some("{\"nodes\": []}"), &path, &Plain).expect("saved");
    let bytes = std::fs::read(&path).expect("a file");
    assert_eq!(bytes, flowers().to_bytes().expect("bytes"));
    assert_eq!(Bundle::read(&path).expect("read"), flowers());
    let scorer = open(&path, &Plain).expect("opened");
    assert_eq!(scorer.name(), "flowers");
    assert_eq!(load(&path).expect("loaded").learnt, testing::flowers_model().learnt);
    // A bundle of a bundle's model is the same file.
    let again = Bundle::new(&load(&path).expect("loaded"), Some("{\"nodes\": []}"), &Plain)
        .expect("a bundle");
    assert_eq!(again.to_bytes().expect("bytes"), bytes);
    assert_eq!(open(&folder.path().join("none"), &Plain).expect_err("absent").code, "file-missing");
}

#[test]
fn every_flipped_byte_is_noticed() {
    let bytes = flowers().to_bytes().expect("bytes");
    for place in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        assert_eq!(code(&flipped), "bundle-damaged", "byte {place}");
    }
}

#[test]
fn the_damaged_part_is_named() {
    let bytes = flowers().to_bytes().expect("bytes");
    let model = testing::flowers_model();
    let weights = &model.network().expect("a network").weights;
    let weights = weights.to_safetensors(&BTreeMap::new()).expect("bytes");
    let place =
        bytes.windows(weights.len()).position(|window| window == weights).expect("stored as it is");
    let mut flipped = bytes;
    flipped[place + weights.len() - 1] ^= 1;
    let trouble = Bundle::from_bytes(&flipped).expect_err("damaged");
    assert!(trouble.to_string().contains("weights.safetensors"), "{trouble}");
}

#[test]
fn cut_and_scrambled_files_are_refused() {
    let bytes = flowers().to_bytes().expect("bytes");
    for length in 0..bytes.len() {
        assert_eq!(code(&bytes[..length]), "bundle-damaged", "{length}");
    }
    let mut rng = Rng::new(1, "scramble");
    for _ in 0..500 {
        let mut scrambled = bytes.clone();
        for _ in 0..=rng.below(20) {
            let place = rng.below(scrambled.len());
            scrambled[place] = rng.next_u64() as u8;
        }
        if scrambled != bytes {
            assert_eq!(code(&scrambled), "bundle-damaged");
        }
        // With a seal that fits, the checks behind it are on their own.
        let sealed = seal(&scrambled[..scrambled.len() - 81]);
        if let Ok(bundle) = Bundle::from_bytes(&sealed) {
            assert_eq!(bundle, flowers(), "only marks that carry no content may differ");
        }
    }
}

#[test]
fn a_file_from_elsewhere_is_checked_too() {
    let parts = parts::write(&flowers()).expect("parts");
    let check = |change: &dyn Fn(&mut Entries), expected: &str| {
        let mut entries = entries_of(&container::pack(&parts).expect("bytes"));
        change(&mut entries);
        assert_eq!(code(&zip_of(&entries)), expected);
    };
    check(&|entries| entries.push(("run.sh".to_owned(), b"rm".to_vec())), "bundle-unknown-part");
    check(
        &|entries| entries.push(("../../etc/passwd".to_owned(), b"x".to_vec())),
        "bundle-unknown-part",
    );
    check(&|entries| entries.retain(|(name, _)| name != "schema.json"), "bundle-damaged");
    check(&|entries| entries.retain(|(name, _)| name != "manifest.json"), "bundle-damaged");
    check(&|entries| entries.iter_mut().for_each(|(_, bytes)| bytes.push(b' ')), "bundle-damaged");
    check(
        &|entries| entries[0].1 = b"{\"format\": \"pyromodel\", \"format_version\": 2}".to_vec(),
        "bundle-newer",
    );
    check(&|entries| entries[0].1 = b"[]".to_vec(), "bundle-damaged");
    check(
        &|entries| (0..60).for_each(|n| entries.push((format!("{n}"), Vec::new()))),
        "bundle-too-large",
    );
    check(&|entries| entries.push(("graph.jso".to_owned(), vec![0; 70 << 20])), "bundle-too-large");
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let mut bundle = flowers();
    let mut model = (*bundle.model).clone();
    model.network_mut().expect("a network").blueprint.inputs[0].shape = vec![3];
    bundle.model = Arc::new(model);
    assert_eq!(code(&bundle.to_bytes().expect("bytes")), "model-inconsistent");
    let mut bundle = flowers();
    bundle.golden.expected[0] = Some(vec![0.0, 1.0]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.pyromodel");
    bundle.write(&path).expect("written");
    assert_eq!(open(&path, &Plain).expect_err("disagrees").code, "bundle-disagrees");
    assert_eq!(load(Path::new("/")).expect_err("a folder").code, "file-is-folder");
}

#[test]
fn the_card_speaks_two_languages() {
    let card = card::model_card(&flowers()).expect("a card");
    for text in [
        "# Model card: species",
        "# 模型卡：species",
        "| colour |",
        "blue, red",
        "accuracy: 0.9000",
        "golden.json",
    ] {
        assert!(card.contains(text), "{text} is not in\n{card}");
    }
    let numbers = Bundle::new(&testing::numbers_model(), None, &Plain).expect("a bundle");
    assert!(card::model_card(&numbers).expect("a card").contains("Predicts the number `y`"));
}

#[test]
fn picture_bundles_need_no_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = testing::pictures_model(folder.path());
    let path = folder.path().join("pictures.pyromodel");
    save(&model, None, &path, &Plain).expect("saved");
    for shade in [10, 60, 190, 240] {
        std::fs::remove_file(folder.path().join(format!("{shade}.png"))).expect("removed");
    }
    open(&path, &Plain).expect("opened");
    assert_eq!(load(&path).expect("loaded").sample_rows.len(), 4);
}

fn entries_of(bytes: &[u8]) -> Entries {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).expect("an entry");
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut content).expect("content");
            (file.name().expect("a name").into_owned(), content)
        })
        .collect()
}

fn zip_of(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(name, SimpleFileOptions::default()).expect("started");
        zip.write_all(content).expect("written");
    }
    zip.set_comment("0".repeat(81)).expect("a comment");
    let bytes = zip.finish().expect("finished").into_inner();
    seal(&bytes[..bytes.len() - 81])
}

fn seal(body: &[u8]) -> Vec<u8> {
    let mut sealed = body.to_vec();
    sealed.extend_from_slice(b"pyromodel sha256 ");
    sealed.extend_from_slice(hash::sha256_hex(body).as_bytes());
    sealed
}

#[test]
fn an_estimator_travels_like_a_network_and_broken_ones_are_refused() {
    let mut model = testing::flowers_model();
    let x = pg_classic::Matrix::new((0..10).map(|value| value as f32).collect(), 1);
    let ids = (0..10).map(|row| u32::from(row > 4)).collect();
    let y = pg_classic::Target::Classes { ids, n_classes: 2 };
    let width = model.encoder.inputs.first().expect("an input").columns().len();
    let wide = x.values().iter().flat_map(|value| vec![*value; width]).collect();
    let sample = pg_classic::Sample::new(pg_classic::Matrix::new(wide, width), y).expect("rows");
    let job = pg_classic::Job {
        training: &sample,
        validation: None,
        seed: 1,
        cancel: &pg_base::CancelToken::default(),
        progress: &pg_base::NoProgress,
    };
    let method = pg_classic::Method::RandomForest(pg_classic::ForestSettings::default());
    let estimator = method.fit(&job).expect("fits");
    model.learnt = crate::Learnt::Estimator { estimator: Box::new(estimator.clone()) };
    let bundle = Bundle::new(&model, None, &Plain).expect("a bundle");
    let bytes = bundle.to_bytes().expect("bytes");
    assert_eq!(Bundle::from_bytes(&bytes).expect("reads back"), bundle);
    let folder = tempfile::tempdir().expect("a folder");
    let refused = crate::export::export(&bundle, "onnx", folder.path()).expect_err("no network");
    assert_eq!(refused.code, "export-unsupported");
    let mut other = estimator;
    other.n_columns += 1;
    model.learnt = crate::Learnt::Estimator { estimator: Box::new(other) };
    assert_eq!(
        Bundle::new(&model, None, &Plain).expect_err("another width").code,
        "model-inconsistent"
    );
}
