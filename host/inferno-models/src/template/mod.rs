//! The chat template: how a conversation becomes one text.
//!
//! A template is a program by whoever made the model, so it runs with bounded steps, memory, depth and output,
//! and reaches nothing: no file, no clock, no other template. Owns also the line between what a template wrote
//! and what a user wrote: the spelling of a control token inside a message stays text. Easily confused with
//! `tokenizer`, which turns the resulting [`Prompt`] into tokens.

use std::{io, ops::Range, sync::Arc};

use minijinja::{Environment, ErrorKind, Value, context, syntax::SyntaxConfig};

use crate::{gguf::Metadata, tokenizer::Tokenizer};

/// What one rendering may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateLimits {
    /// Bytes of the template itself.
    pub source_bytes: usize,
    /// Steps of the template engine, where a step also buys 64 bytes; more is granted per byte of the messages.
    pub steps: u64,
    /// Nesting of loops, blocks and macros.
    pub depth: usize,
    /// Bytes of output beyond a few times those of the messages.
    pub output_bytes: usize,
}

impl Default for TemplateLimits {
    fn default() -> Self {
        Self { source_bytes: 1 << 20, steps: 500_000, depth: 128, output_bytes: 1 << 20 }
    }
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Who speaks: `system`, `user`, `assistant`, or what else the template knows.
    pub role: String,
    /// What is said.
    pub content: String,
}

/// A rendered conversation that remembers which control-token spellings came from messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    text: String,
    protected: Vec<Range<usize>>,
}

impl Prompt {
    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Byte ranges, ascending, in which the spelling of a control token is only text.
    pub fn protected(&self) -> &[Range<usize>] {
        &self.protected
    }
}

/// The conversation format of SmolLM2, Qwen and many others, for files that use it but carry no template.
const CHATML: &str = "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' + message.content + \
     '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// Enclose a protected range while a template runs. Unicode guarantees that they mean nothing in text.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

const NAME: &str = "chat_template";

/// A compiled chat template.
pub struct ChatTemplate {
    environment: Environment<'static>,
    tokenizer: Arc<Tokenizer>,
    limits: TemplateLimits,
}

impl ChatTemplate {
    /// The template of a model file, or ChatML where the vocabulary has its markers but there is no template.
    ///
    /// # Errors
    /// When there is neither, or the template does not compile.
    pub fn from_metadata(metadata: &Metadata, tokenizer: Arc<Tokenizer>) -> Result<Self, TemplateError> {
        let is_chatml =
            || ["<|im_start|>", "<|im_end|>"].iter().all(|t| tokenizer.control_token(t).is_some());
        let source = match metadata.str_or_none("tokenizer.chat_template")? {
            Some(source) => source,
            None if is_chatml() => CHATML,
            None => return Err(TemplateError::Missing),
        };
        Self::compile(source, tokenizer, TemplateLimits::default())
    }

    /// Compiles a template in the dialect of Hugging Face: Jinja 2 with trimmed blocks and Python's methods.
    ///
    /// # Errors
    /// When it is too long or malformed.
    pub fn compile(
        source: &str,
        tokenizer: Arc<Tokenizer>,
        limits: TemplateLimits,
    ) -> Result<Self, TemplateError> {
        if source.len() > limits.source_bytes {
            return Err(TemplateError::SourceLength { found: source.len(), limit: limits.source_bytes });
        }
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| TemplateError::Syntax(Arc::new(error)))?);
        // Prompts are no markup: nothing is escaped.
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_recursion_limit(limits.depth);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", |message: String| -> Result<Value, minijinja::Error> {
            Err(minijinja::Error::new(ErrorKind::InvalidOperation, format!("{RAISED}{message}")))
        });
        environment
            .add_template_owned(NAME, source.to_owned())
            .map_err(|error| TemplateError::Syntax(Arc::new(error)))?;
        Ok(Self { environment, tokenizer, limits })
    }

    /// Renders a conversation, and with `add_generation_prompt` the beginning of the model's turn.
    ///
    /// # Errors
    /// When the template refuses the conversation, fails, or exceeds a limit.
    pub fn render(
        &self,
        messages: &[ChatMessage],
        add_generation_prompt: bool,
    ) -> Result<Prompt, TemplateError> {
        let count = messages.len() as u64;
        let bytes: usize = messages.iter().map(|m| m.role.len() + m.content.len()).sum();
        let messages: Vec<Value> = messages
            .iter()
            .map(|m| context! { role => self.protect(&m.role), content => self.protect(&m.content) })
            .collect();
        let special = |id: Option<inferno_types::TokenId>| {
            id.and_then(|id| self.tokenizer.special_text(id)).unwrap_or_default()
        };
        let context = context! {
            messages => messages,
            add_generation_prompt => add_generation_prompt,
            bos_token => special(self.tokenizer.begin_of_text()),
            eos_token => special(self.tokenizer.end_of_text()),
        };
        let mut environment = self.environment.clone();
        environment.set_fuel(Some(self.limits.steps + bytes as u64 + 1000 * count));
        let limit = self.limits.output_bytes + 4 * bytes;
        let mut output = Bounded { bytes: Vec::new(), limit, full: false };
        let template =
            environment.get_template(NAME).map_err(|error| TemplateError::Syntax(Arc::new(error)))?;
        let result = template.render_captured_to(context, &mut output).map(drop);
        match result {
            Ok(()) => {}
            Err(_) if output.full => return Err(TemplateError::OutputLength { limit }),
            Err(error) => return Err(self.classify(error)),
        }
        Ok(unprotect(&String::from_utf8_lossy(&output.bytes)))
    }

    /// Encloses the spellings of control tokens in what a user wrote.
    fn protect(&self, text: &str) -> String {
        let text = text.replace([OPEN, CLOSE], "");
        let mut protected = String::with_capacity(text.len());
        let mut done = 0;
        for range in self.tokenizer.control_spellings(&text) {
            protected.push_str(&text[done..range.start]);
            protected.push(OPEN);
            protected.push_str(&text[range.clone()]);
            protected.push(CLOSE);
            done = range.end;
        }
        protected.push_str(&text[done..]);
        protected
    }

    /// Names what went wrong. An error inside a macro or an include is the source of another.
    fn classify(&self, error: minijinja::Error) -> TemplateError {
        let mut link: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(inner) = link.and_then(|link| link.downcast_ref::<minijinja::Error>()) {
            let detail = inner.detail().unwrap_or_default();
            if inner.kind() == ErrorKind::OutOfFuel {
                return TemplateError::Steps { limit: self.limits.steps };
            }
            if let Some(message) = detail.strip_prefix(RAISED) {
                return TemplateError::Raised { message: message.chars().take(500).collect() };
            }
            if detail.contains("recursion limit") {
                return TemplateError::Depth { limit: self.limits.depth };
            }
            link = std::error::Error::source(inner);
        }
        TemplateError::Render(Arc::new(error))
    }
}

impl std::fmt::Debug for ChatTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatTemplate").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Marks errors that a template raises itself.
const RAISED: &str = "raised: ";

/// Takes the enclosing marks out and notes what they enclosed.
fn unprotect(marked: &str) -> Prompt {
    let mut prompt = Prompt { text: String::with_capacity(marked.len()), protected: Vec::new() };
    let mut open = None;
    for c in marked.chars() {
        match c {
            OPEN => open = Some(prompt.text.len()),
            CLOSE => prompt.protected.extend(open.take().map(|start| start..prompt.text.len())),
            c => prompt.text.push(c),
        }
    }
    // A template that cut the closing mark off protects the rest: too much rather than too little.
    prompt.protected.extend(open.map(|start| start..prompt.text.len()));
    prompt
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

/// Why a conversation was not rendered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TemplateError {
    /// The file has none and does not use ChatML.
    #[error("this model has no chat template; use plain completions, or a model tuned for chat")]
    Missing,
    /// The metadata entry is malformed.
    #[error("the chat template cannot be read")]
    Metadata(#[from] crate::gguf::MetadataError),
    /// Longer than any template.
    #[error("the chat template has {found} bytes; at most {limit} are allowed")]
    SourceLength {
        /// Its length.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// It does not compile.
    #[error("the chat template is malformed")]
    Syntax(#[source] Arc<minijinja::Error>),
    /// It refuses this conversation, in its own words.
    #[error("the chat template refuses these messages: {message}")]
    Raised {
        /// What it says, cut to a sane length.
        message: String,
    },
    /// It does too much or loops.
    #[error("the chat template was stopped after {limit} steps")]
    Steps {
        /// The limit, before what is granted for the messages.
        limit: u64,
    },
    /// It calls itself.
    #[error("the chat template is nested deeper than {limit} levels")]
    Depth {
        /// The limit.
        limit: usize,
    },
    /// It writes too much.
    #[error("the chat template writes more than {limit} bytes")]
    OutputLength {
        /// The limit.
        limit: usize,
    },
    /// Anything else that goes wrong in it.
    #[error("the chat template failed")]
    Render(#[source] Arc<minijinja::Error>),
}
