//! Why no component came out.

use std::{io, path::PathBuf};

use inferno_package::Kind;

/// Why no component came out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Nothing on this machine compiles for WebAssembly.
    #[error(
        "no compiler here builds for {target}. Either run `rustup target add {target}`, or, on Debian as root, \
         `apt-get update && apt-get install -y {packages}`; then try again"
    )]
    NoCompiler {
        /// What should be built for.
        target: &'static str,
        /// Debian's packages.
        packages: String,
    },
    /// A command could not be started.
    #[error("could not start `{command}`; is it installed, and on the PATH?")]
    Start {
        /// The command.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// A command failed. What it had to say is on standard error.
    #[error("`{command}` failed ({status}); what it said stands above")]
    Command {
        /// The command.
        command: String,
        /// How it ended.
        status: String,
    },
    /// A command printed something that could not be understood.
    #[error("`{command}` printed what could not be understood: {reason}")]
    Output {
        /// The command.
        command: String,
        /// Why not.
        reason: String,
    },
    /// A file or folder could not be read or written.
    #[error("could not {what} {}", path.display())]
    File {
        /// `read`, `write`, …
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The crate did not compile. What the compiler had to say is on standard error.
    #[error("{} did not compile; what the compiler said stands above", manifest.display())]
    Compile {
        /// The manifest that was built.
        manifest: PathBuf,
    },
    /// The crate compiled and left no module.
    #[error(
        "{} made no module for WebAssembly: its `[lib]` needs `crate-type = [\"cdylib\", \"rlib\"]`",
        manifest.display()
    )]
    NoModule {
        /// The manifest that was built.
        manifest: PathBuf,
    },
    /// The module is no component.
    #[error(
        "{} does not make a component: {reason}. A plugin ends in one line such as \
         `inferno_plugin::widget!(MyWidget);`",
        module.display()
    )]
    Encode {
        /// The module.
        module: PathBuf,
        /// What the encoder says.
        reason: String,
    },
    /// The component wants something that no plugin is given.
    #[error(
        "the component imports `{import}`, and a plugin is given nothing but `inferno:plugin`; a dependency that \
         wants files, clocks, sockets or random numbers cannot be used"
    )]
    ForeignImport {
        /// What it imports.
        import: String,
    },
    /// The component is of another kind than its manifest says.
    #[error(
        "inferno.toml says that this is of kind `{manifest}`, and the component exports {exports}; either change \
         `kind`, or implement the trait of that kind"
    )]
    Kind {
        /// What the manifest says.
        manifest: Kind,
        /// What the component exports.
        exports: String,
    },
    /// This system has no way that is known to work.
    #[error(
        "on this system, components are compiled by rustup's compiler only: run `rustup target add {target}`"
    )]
    System {
        /// What should be built for.
        target: &'static str,
    },
    /// A path that cannot be handed to the compiler.
    #[error("the path {} holds a control character; move the project to a folder without one", path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
}

impl BuildError {
    /// For `map_err` on what the file system refuses.
    pub(crate) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
