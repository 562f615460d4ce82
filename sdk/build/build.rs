//! Embeds the SDK: `sdk/rust` and the contract beside it, as they are in this checkout.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Where the contract lies, as the SDK spells it in the checkout and in a copy.
const CONTRACT: [&str; 2] = ["\"../../wit/", "\"wit/"];

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where it builds"));
    let sdk = here.join("../rust");
    let contract = here.join("../../wit");
    let mut files = vec![("Cargo.toml".to_owned(), sdk.join("Cargo.toml"))];
    collect(&sdk.join("src"), "src", &mut files);
    collect(&contract, "wit", &mut files);
    files.sort();

    let mut code = String::from("&[\n");
    for (name, path) in files {
        println!("cargo::rerun-if-changed={}", path.display());
        // Line endings are the checkout's business; a copy has the same bytes everywhere.
        let text = fs::read_to_string(&path).expect("sources are text").replace("\r\n", "\n");
        let text = text.replace(CONTRACT[0], CONTRACT[1]);
        code.push_str(&format!("    ({name:?}, {text:?}),\n"));
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where to write"));
    fs::write(out.join("sdk.rs"), code).expect("cargo's folder can be written");
    println!("cargo::rerun-if-changed={}", sdk.join("src").display());
    println!("cargo::rerun-if-changed={}", contract.display());
}

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(folder).expect("the SDK is part of the checkout") {
        let path = entry.expect("the checkout can be read").path();
        let file = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        let name = format!("{name}/{file}");
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, &name, files);
        } else if file.ends_with(".rs") || file.ends_with(".wit") {
            files.push((name, path));
        }
    }
}
