//! Generated files that are committed, and the check that they are up to date.

use std::fs;

use anyhow::{Result, bail};

use crate::workspace::{self, say};

/// Each generated file and the arguments of the binary that print it.
const GENERATED: [(&str, &[&str]); 1] = [("openapi/inferno.json", &["openapi"])];

/// Writes every generated file that is out of date.
pub(crate) fn write() -> Result<()> {
    for (path, fresh) in outdated()? {
        let file = workspace::root().join(path);
        fs::create_dir_all(file.parent().expect("every generated file is in a folder"))?;
        fs::write(&file, fresh)?;
        say(&format!("wrote {path}"));
    }
    Ok(())
}

/// Fails when a generated file differs from what would be written.
pub(crate) fn check() -> Result<()> {
    match outdated()?.first() {
        None => Ok(()),
        Some((path, _)) => {
            bail!("{path} is out of date; run `cargo xtask codegen` and commit what it writes")
        }
    }
}

/// The files that differ, each with what the built binary prints.
fn outdated() -> Result<Vec<(&'static str, String)>> {
    let mut outdated = Vec::new();
    for (path, arguments) in GENERATED {
        let fresh = workspace::output(workspace::inferno().args(arguments))?;
        // Line endings are the checkout's business.
        let committed =
            fs::read_to_string(workspace::root().join(path)).unwrap_or_default().replace("\r\n", "\n");
        if committed != fresh {
            outdated.push((path, fresh));
        }
    }
    Ok(outdated)
}
