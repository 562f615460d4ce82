//! Who runs templates.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    error::{RenderError, TemplateError},
    jinja::Jinja,
    job::{Job, Rendered},
};

/// Runs templates: here ([`Here`]), or in a process apart ([`Apart`](super::Apart)).
pub trait Renderer: fmt::Debug + Send + Sync {
    /// What the template of a job writes.
    ///
    /// # Errors
    /// When it is malformed, refuses the conversation, fails, or exceeds a limit.
    fn render(&self, job: &Job<'_>) -> Result<String, TemplateError>;
}

/// Runs templates in this process, which those that nest too deeply can end: for templates that are trusted, and for tests.
#[derive(Debug, Default)]
pub struct Here {
    /// The last source, compiled.
    compiled: Mutex<Option<(String, Arc<Jinja>)>>,
}

impl Here {
    pub(super) fn run(&self, job: &Job<'_>) -> Result<Rendered, RenderError> {
        let jinja = {
            let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
            match &*compiled {
                Some((source, jinja)) if *source == job.source => Arc::clone(jinja),
                _ => {
                    let jinja = Arc::new(Jinja::compile(&job.source)?);
                    *compiled = Some((job.source.clone().into_owned(), Arc::clone(&jinja)));
                    jinja
                }
            }
        };
        jinja.render(job)
    }
}

impl Renderer for Here {
    fn render(&self, job: &Job<'_>) -> Result<String, TemplateError> {
        Ok(self.run(job)?.text)
    }
}
