//! Every input of the fuzz targets' corpus, and every one that fuzzing found something with, as an ordinary test.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/src/lib.rs"]
mod targets;

#[test]
fn the_corpus_of_every_target_finds_nothing() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, target) in targets::TARGETS {
        let files = fs::read_dir(corpus.join(name)).unwrap();
        let mut inputs = 0;
        for file in files {
            let path = file.unwrap().path();
            let input = fs::read(&path).unwrap();
            let run = std::panic::catch_unwind(|| target(&input));
            assert!(run.is_ok(), "{name}: {}", path.display());
            inputs += 1;
        }
        assert!(inputs > 4, "{name} has {inputs} inputs");
    }
}
