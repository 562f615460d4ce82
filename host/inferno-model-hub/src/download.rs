//! Brings one address to one file, in as many connections as it takes.
//!
//! Owns: when to go on, when to begin again, and when to distrust. A file whose length, tag or digest changes
//! half-way is discarded: two halves of different files are never joined. Refuses: knowing what the bytes mean.

use std::{io::Read, path::Path, thread, time::Duration};

use inferno_types::Digest;
use ureq::http::{HeaderMap, StatusCode, header};

use crate::{
    Progress,
    disk::DiskError,
    http::{Client, HttpError, Reply},
    part::{About, Part},
    settings::Settings,
    url::WebUrl,
};

/// An attempt that brought at least this much counts as progress, so that a long download over a poor line does not
/// run out of attempts.
const PROGRESS_BYTES: u64 = 64 << 10;

/// Why a file did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The server or the way to it.
    #[error("the server did not give the file")]
    Http(#[from] HttpError),
    /// The local disk.
    #[error("the download cannot be kept")]
    Disk(#[from] DiskError),
    /// Connections keep ending too early.
    #[error("{url} stopped sending after {have} bytes; pull again to go on from there")]
    Interrupted {
        /// The address asked.
        url: WebUrl,
        /// How many bytes are kept.
        have: u64,
    },
    /// The file behind the address is another one than when the download began.
    #[error("{url} changed during the download ({what}); the partial file was discarded, pull again")]
    Changed {
        /// The address asked.
        url: WebUrl,
        /// What differs.
        what: String,
    },
    /// The bytes are not the announced ones.
    #[error("{url} gave {found} where {expected} was announced; the file was discarded, pull again")]
    Digest {
        /// The address asked.
        url: WebUrl,
        /// What the bytes hash to.
        found: Digest,
        /// What they should.
        expected: Digest,
    },
    /// Larger than allowed.
    #[error("{url} is larger than the limit of {limit} bytes")]
    Large {
        /// The address asked.
        url: WebUrl,
        /// The limit.
        limit: u64,
    },
    /// The answer does not fit the question.
    #[error("{url} does not speak HTTP as it should: {what}; the partial file was discarded")]
    Protocol {
        /// The address asked.
        url: WebUrl,
        /// What is wrong.
        what: &'static str,
    },
}

impl DownloadError {
    /// Whether the bytes so far must not be continued.
    fn spoils_the_part(&self) -> bool {
        matches!(
            self,
            Self::Changed { .. } | Self::Digest { .. } | Self::Large { .. } | Self::Protocol { .. }
        )
    }
}

/// One download.
pub(crate) struct Download<'a> {
    pub(crate) client: &'a Client,
    pub(crate) settings: &'a Settings,
    pub(crate) url: &'a WebUrl,
    /// What the file must hash to, where that is known beforehand.
    pub(crate) expected: Option<Digest>,
    /// What to call it in progress messages.
    pub(crate) what: &'a str,
}

impl Download<'_> {
    /// Fetches the file next to `stem`, going on from what is there. Gives the whole part and its digest.
    pub(crate) fn run(
        &self,
        stem: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(Part, Digest), DownloadError> {
        let address = Digest::of(self.url.identity().as_bytes());
        let mut part = Part::open(stem, address, self.expected)?;
        if part.have() > 0 {
            progress.note(&format!("going on with {} after {} bytes", self.what, part.have()));
        }
        match self.fill(&mut part, address, progress).and_then(|()| self.checked(&part)) {
            Ok(digest) => Ok((part, digest)),
            Err(error) if error.spoils_the_part() => {
                part.discard()?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    fn checked(&self, part: &Part) -> Result<Digest, DownloadError> {
        let found = part.finish()?;
        match part.about().and_then(|about| about.expected) {
            Some(expected) if expected != found => {
                Err(DownloadError::Digest { url: self.url.clone(), found, expected })
            }
            _ => Ok(found),
        }
    }

    /// Connects until every byte is there, or until several connections in a row bring nothing.
    fn fill(
        &self,
        part: &mut Part,
        address: Digest,
        progress: &mut dyn Progress,
    ) -> Result<(), DownloadError> {
        let (mut idle, mut pause) = (0, self.settings.pause);
        while !part.is_whole() {
            let before = part.have();
            let error = match self.attempt(part, address, progress) {
                Ok(true) => return Ok(()),
                Ok(false) => DownloadError::Interrupted { url: self.url.clone(), have: part.have() },
                Err(DownloadError::Http(error)) if error.is_passing() => error.into(),
                Err(error) => return Err(error),
            };
            if part.have() >= before + PROGRESS_BYTES {
                (idle, pause) = (0, self.settings.pause);
            }
            idle += 1;
            if idle >= self.settings.attempts {
                return Err(error);
            }
            progress.note(&format!("the connection ended after {} bytes; trying again", part.have()));
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_secs(30));
        }
        Ok(())
    }

    /// One connection. `true` when the server said that this was all.
    fn attempt(
        &self,
        part: &mut Part,
        address: Digest,
        progress: &mut dyn Progress,
    ) -> Result<bool, DownloadError> {
        let mut question = Vec::new();
        if part.have() > 0 {
            question.push((header::RANGE, format!("bytes={}-", part.have())));
            if let Some(validator) = part.about().and_then(|about| about.validator.clone()) {
                question.push((header::IF_RANGE, validator));
            }
        }
        let reply = self.client.get(self.url, &question)?;
        let about = self.about(&reply, part, address)?;
        self.compare(part, &about)?;
        if about.length.is_some_and(|length| length > self.settings.limits.model_bytes) {
            return Err(self.large());
        }
        if reply.status != StatusCode::PARTIAL_CONTENT && part.have() > 0 {
            progress.note("the server does not continue downloads; starting over");
            part.restart()?;
        }
        let length = about.length;
        part.describe(about)?;
        progress.begin(length, self.what);
        progress.advance(part.have());
        self.receive(reply, length, part, progress)
    }

    /// What this reply says about the whole file.
    fn about(&self, reply: &Reply, part: &Part, address: Digest) -> Result<About, DownloadError> {
        let length = match reply.status {
            StatusCode::PARTIAL_CONTENT => {
                let (start, total) = content_range(&reply.headers)
                    .ok_or_else(|| self.protocol("a part without a readable Content-Range"))?;
                if start != part.have() {
                    return Err(self.protocol("a part that begins elsewhere than asked"));
                }
                Some(total)
            }
            StatusCode::OK => number(&reply.headers, &header::CONTENT_LENGTH),
            StatusCode::RANGE_NOT_SATISFIABLE => return Err(self.changed("it became shorter".to_owned())),
            _ => return Err(self.protocol("a success that is neither 200 nor 206")),
        };
        let known = part.about().and_then(|about| about.expected);
        let expected = self.expected.or(reply.linked).or(known);
        Ok(About { address, length, validator: validator(&reply.headers), expected })
    }

    /// Nothing said now may contradict what was said when the bytes at hand came.
    fn compare(&self, part: &Part, now: &About) -> Result<(), DownloadError> {
        let Some(before) = part.about().filter(|_| part.have() > 0) else { return Ok(()) };
        if let (Some(a), Some(b)) = (before.length, now.length)
            && a != b
        {
            return Err(self.changed(format!("{a} bytes became {b}")));
        }
        if let (Some(a), Some(b)) = (before.expected, now.expected)
            && a != b
        {
            return Err(self.changed(format!("{a} became {b}")));
        }
        if before.validator != now.validator {
            return Err(self.changed("its tag or date differs".to_owned()));
        }
        Ok(())
    }

    fn receive(
        &self,
        reply: Reply,
        length: Option<u64>,
        part: &mut Part,
        progress: &mut dyn Progress,
    ) -> Result<bool, DownloadError> {
        let limit = self.settings.limits.model_bytes;
        let mut body = reply.body.into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 256 << 10];
        loop {
            match body.read(&mut buffer) {
                // Without a length, only the end of a chunked body says that this was all.
                Ok(0) => return Ok(length.is_none_or(|length| part.have() == length)),
                Ok(read) => {
                    let after = part.have() + read as u64;
                    if length.is_some_and(|length| after > length) {
                        return Err(self.protocol("more bytes than announced"));
                    }
                    if after > limit {
                        return Err(self.large());
                    }
                    part.append(&buffer[..read])?;
                    progress.advance(read as u64);
                }
                Err(_) => return Ok(false),
            }
        }
    }

    fn changed(&self, what: String) -> DownloadError {
        DownloadError::Changed { url: self.url.clone(), what }
    }

    fn protocol(&self, what: &'static str) -> DownloadError {
        DownloadError::Protocol { url: self.url.clone(), what }
    }

    fn large(&self) -> DownloadError {
        DownloadError::Large { url: self.url.clone(), limit: self.settings.limits.model_bytes }
    }
}

fn number(headers: &HeaderMap, name: &header::HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// First byte and total length of `bytes FIRST-LAST/TOTAL`.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (range, total) = text.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total): (u64, u64, u64) =
        (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (first <= last && last < total).then_some((first, total))
}

/// What `If-Range` may carry (RFC 9110, 13.1.5): a strong entity tag, or the date of the last change.
fn validator(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    text(header::ETAG).filter(|tag| tag.starts_with('"')).or_else(|| text(header::LAST_MODIFIED))
}
