//! Generated files that are committed, and the check that they are up to date.

use std::fs;

use anyhow::{Result, bail};

use crate::workspace::{self, say};

/// Each generated file and the arguments of the binary that print it.
const GENERATED: [(&str, &[&str]); 1] = [("openapi/inferno.json", &["openapi"])];

/// Writes every generated file, or with `check` fails when one differs from what would be written.
pub(crate) fn codegen(check: bool) -> Result<()> {
    workspace::run(workspace::cargo().args(["build", "--quiet", "--package", "inferno"]))?;
    for (path, arguments) in GENERATED {
        let fresh = workspace::output(workspace::inferno().args(arguments))?;
        let file = workspace::root().join(path);
        let committed = fs::read_to_string(&file).unwrap_or_default();
        if committed == fresh {
            continue;
        }
        if check {
            bail!("{path} is out of date; run `cargo xtask codegen` and commit what it writes");
        }
        fs::create_dir_all(file.parent().expect("every generated file is in a folder"))?;
        fs::write(&file, fresh)?;
        say(&format!("wrote {path}"));
    }
    Ok(())
}
