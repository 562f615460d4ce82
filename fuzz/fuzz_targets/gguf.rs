//! Any bytes as a GGUF file: an error or a header whose every tensor can be read.
#![no_main]

use std::io::Cursor;

use inferno_graph::WeightSource;
use inferno_models::{
    config::Config,
    gguf::{FileWeights, Header, Limits},
    tokenizer::Tokenizer,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(header) = Header::read(Cursor::new(bytes), &Limits::default()) else { return };
    assert!(header.data_start() + header.data_len() <= bytes.len() as u64 || header.tensors().is_empty());
    let weights = FileWeights::new(&header, bytes.to_vec()).expect("a small file has small tensors");
    for tensor in header.tensors() {
        let weight = weights.get(&tensor.name.as_str().into());
        let weight = weight.expect("a checked header describes readable data");
        assert_eq!(weight.bytes().len() as u64, tensor.bytes);
    }
    let _ = Config::read(header.metadata(), false);
    let _ = Tokenizer::from_metadata(header.metadata());
});
