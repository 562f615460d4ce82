//! The template engine: a compiled template, run under limits.
//!
//! It bounds steps, memory, calls and output, but not how deep a template nests its values or its own text, which the
//! library follows by recursion: a template can end the process that runs it. Whoever runs those of strangers does so
//! [`Apart`](super::Apart).

use std::io;

use minijinja::{Environment, Error, ErrorKind, Value, context, syntax::SyntaxConfig};

use super::{
    error::{Fault, RenderError},
    job::{Job, Rendered},
};

const NAME: &str = "chat_template";

/// Marks errors that a template raises itself.
const RAISED: &str = "raised: ";

/// A compiled template.
#[derive(Debug)]
pub(super) struct Jinja(Environment<'static>);

impl Jinja {
    /// Compiles a template in the dialect of Hugging Face: Jinja 2 with trimmed blocks and Python's methods.
    pub(super) fn compile(source: &str) -> Result<Self, RenderError> {
        let malformed = |error: Error| RenderError::Syntax(Fault::of(&error));
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(malformed)?);
        // Prompts are no markup: nothing is escaped.
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, format!("{RAISED}{message}")))
        });
        environment.add_template_owned(NAME, source.to_owned()).map_err(malformed)?;
        Ok(Self(environment))
    }

    /// Runs it.
    pub(super) fn render(&self, job: &Job<'_>) -> Result<Rendered, RenderError> {
        let Job { limits, messages, add_generation_prompt, begin_of_text, end_of_text, .. } = job;
        let count = messages.len() as u64;
        let bytes: usize = messages.iter().map(|m| m.role.len() + m.content.len()).sum();
        let messages: Vec<Value> =
            messages.iter().map(|m| context! { role => &m.role, content => &m.content }).collect();
        let context = context! {
            messages => messages,
            add_generation_prompt => add_generation_prompt,
            bos_token => begin_of_text,
            eos_token => end_of_text,
        };
        let mut environment = self.0.clone();
        environment.set_recursion_limit(limits.depth);
        environment.set_fuel(Some(limits.steps + bytes as u64 + 1000 * count));
        let limit = limits.output_bytes + 4 * bytes;
        let mut output = Bounded { bytes: Vec::new(), limit, full: false };
        let template =
            environment.get_template(NAME).map_err(|error| RenderError::Syntax(Fault::of(&error)))?;
        let steps = match template.render_captured_to(context, &mut output) {
            Ok(done) => done.state().fuel_levels().map_or(0, |(used, _)| used),
            Err(_) if output.full => return Err(RenderError::OutputLength { limit }),
            Err(error) => return Err(classify(&error, job)),
        };
        Ok(Rendered { text: String::from_utf8_lossy(&output.bytes).into_owned(), steps })
    }
}

/// Names what went wrong. An error inside a macro or an include is the source of another.
fn classify(error: &Error, job: &Job<'_>) -> RenderError {
    let mut link: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = link.and_then(|link| link.downcast_ref::<Error>()) {
        let detail = inner.detail().unwrap_or_default();
        if inner.kind() == ErrorKind::OutOfFuel {
            return RenderError::Steps { limit: job.limits.steps };
        }
        if let Some(message) = detail.strip_prefix(RAISED) {
            return RenderError::Raised { message: message.chars().take(500).collect() };
        }
        if detail.contains("recursion limit") {
            return RenderError::Depth { limit: job.limits.depth };
        }
        link = std::error::Error::source(inner);
    }
    RenderError::Failed(Fault::of(error))
}

/// Collects output up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    full: bool,
}

impl io::Write for &mut Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.limit {
            self.full = true;
            return Err(io::Error::other("the output is full"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
