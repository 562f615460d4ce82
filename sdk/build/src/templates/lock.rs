//! The lock file of a new project, so that it is built with the dependencies that it was tested with.
//!
//! Cargo keeps the packages sorted by name, and only knows where the project's own comes when it has a name.

/// The names of all packages but the project's own.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let text = include_str!("../../templates/Cargo.lock.template");
    text.split(SEPARATOR).skip(1).map(name).filter(|name| !name.starts_with("{{"))
}

/// The same file with its packages sorted.
pub(super) fn sorted(text: &str) -> String {
    let mut parts = text.split(SEPARATOR);
    let head = parts.next().unwrap_or_default().trim_end();
    let mut packages: Vec<&str> = parts.map(str::trim_end).collect();
    packages.sort_by_key(|package| name(package));
    let packages: String = packages.iter().map(|package| format!("\n\n{}{package}", SEPARATOR)).collect();
    format!("{head}{packages}\n")
}

const SEPARATOR: &str = "[[package]]\n";

fn name(package: &str) -> &str {
    package.strip_prefix("name = \"").and_then(|rest| rest.split('"').next()).unwrap_or_default()
}
