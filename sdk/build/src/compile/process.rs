//! Running other programs: cargo, the compiler, a package manager.

use std::{
    env, io,
    process::{Command, ExitStatus, Stdio},
};

use crate::BuildError;

/// This very cargo where cargo runs us, else the one on the path.
pub(super) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command to its end with its output shown; an exit status other than 0 is an error.
pub(super) fn run(command: &mut Command) -> Result<(), BuildError> {
    let status = command.status().map_err(not_started(command))?;
    succeeded(command, status)
}

/// Runs a command and returns what it printed; its errors are shown.
pub(super) fn output(command: &mut Command) -> Result<String, BuildError> {
    let output = command.stderr(Stdio::inherit()).output().map_err(not_started(command))?;
    succeeded(command, output.status)?;
    String::from_utf8(output.stdout)
        .map_err(|_| BuildError::Output { command: show(command), reason: "it is no text".into() })
}

/// What to answer when a command does not start.
pub(super) fn not_started(command: &Command) -> impl FnOnce(io::Error) -> BuildError + use<> {
    let command = show(command);
    move |source| BuildError::Start { command, source }
}

/// Says what is about to happen, on a line of its own.
pub(super) fn say(what: &str) {
    eprintln!("\n▸ {what}");
}

/// The command as one would type it.
pub(super) fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<(), BuildError> {
    if status.success() {
        return Ok(());
    }
    Err(BuildError::Command { command: show(command), status: status.to_string() })
}
