//! What the fuzz targets promise, over the inputs that are kept: seeds, and all that ever failed.

use std::{collections::BTreeSet, fs, path::Path};

use rowferry_tests::parquet as maker;

#[path = "../../../fuzz/src/targets.rs"]
mod targets;

#[test]
fn every_seed_keeps_the_promises_of_its_target() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let folders = fs::read_dir(&seeds).unwrap().map(|folder| folder.unwrap().file_name().into_string().unwrap());
    assert_eq!(folders.collect::<BTreeSet<_>>(), targets::TARGETS.map(|(name, _)| name.to_owned()).into());
    for (name, target) in targets::TARGETS {
        for seed in fs::read_dir(seeds.join(name)).unwrap() {
            target(&fs::read(seed.unwrap().path()).unwrap());
        }
    }
}
