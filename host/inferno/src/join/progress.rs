//! The model library's progress as a bar on the terminal; without a terminal, as a line per stage.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use inferno_model_hub::Progress;

pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new() -> Self {
        Self(ProgressBar::hidden())
    }
}

impl Progress for Bar {
    fn begin(&mut self, total: Option<u64>, what: &str) {
        self.0.finish_and_clear();
        if !std::io::stderr().is_terminal() {
            eprintln!("{what}");
        }
        let template = match total {
            Some(_) => "{msg} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            None => "{msg} {spinner} {bytes} {bytes_per_sec}",
        };
        let style = ProgressStyle::with_template(template).expect("the templates above are well formed");
        self.0 = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style);
        self.0.set_message(what.to_owned());
        self.0.enable_steady_tick(Duration::from_millis(200));
    }

    fn advance(&mut self, bytes: u64) {
        self.0.inc(bytes);
    }

    fn note(&mut self, text: &str) {
        self.0.suspend(|| eprintln!("{text}"));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
