//! The model hub: which file of a repository, and its address.
//!
//! Owns: the two addresses of the hub's API that we use. Refuses: guessing between several models.

use serde::Deserialize;

use crate::{
    http::{Client, HttpError},
    source::{Repo, is_inner_path},
    url::{ParseUrlError, WebUrl},
};

/// How many choices an error lists.
const MAX_LISTED: usize = 40;

/// Why a repository does not name one model.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The hub's API.
    #[error("the hub does not list the files of {repo}")]
    Http {
        /// The repository.
        repo: String,
        /// What went wrong.
        source: HttpError,
    },
    /// The API's answer.
    #[error("the hub's list of the files of {repo} cannot be read")]
    Reply {
        /// The repository.
        repo: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// No GGUF file.
    #[error("{repo} holds no .gguf file; look for a repository whose name ends in GGUF")]
    None {
        /// The repository.
        repo: String,
    },
    /// Several.
    #[error("{repo} holds several models; choose one: {}", choices.join(", "))]
    Several {
        /// The repository.
        repo: String,
        /// Sources that each name one file.
        choices: Vec<String>,
    },
    /// The address made of the hub's and the file's.
    #[error("the hub's address cannot be used")]
    Url(#[from] ParseUrlError),
}

#[derive(Deserialize)]
struct Listing {
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

/// The only GGUF file of a repository.
pub(crate) fn only_file(client: &Client, hub: &WebUrl, repo: &Repo, limit: u64) -> Result<String, HubError> {
    let url: WebUrl = format!("{}/api/models/{repo}", base(hub)).parse()?;
    let text =
        client.get_text(&url, limit).map_err(|source| HubError::Http { repo: repo.to_string(), source })?;
    let listing: Listing =
        serde_json::from_str(&text).map_err(|source| HubError::Reply { repo: repo.to_string(), source })?;
    choose(repo, listing.siblings.into_iter().map(|sibling| sibling.rfilename))
}

fn choose(repo: &Repo, files: impl Iterator<Item = String>) -> Result<String, HubError> {
    let is_model = |path: &String| path.to_ascii_lowercase().ends_with(".gguf") && is_inner_path(path);
    let mut models: Vec<String> = files.filter(is_model).collect();
    models.sort();
    match (models.pop(), models.is_empty()) {
        (None, _) => Err(HubError::None { repo: repo.to_string() }),
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            models.push(last);
            models.truncate(MAX_LISTED);
            let choices = models.iter().map(|file| format!("hf:{repo}/{file}")).collect();
            Err(HubError::Several { repo: repo.to_string(), choices })
        }
    }
}

/// The address of a file on the repository's main branch.
pub(crate) fn file_url(hub: &WebUrl, repo: &Repo, file: &str) -> Result<WebUrl, ParseUrlError> {
    format!("{}/{repo}/resolve/main/{}", base(hub), escaped(file)).parse()
}

fn base(hub: &WebUrl) -> String {
    hub.uri().to_string().trim_end_matches('/').to_owned()
}

/// Everything but the characters that a path may hold as they are (RFC 3986, 3.3, the unreserved ones and `/`).
fn escaped(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn repo() -> Repo {
        match "hf:owner/repo".parse() {
            Ok(Source::Hub { repo, .. }) => repo,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn takes_the_only_model_and_never_guesses() {
        for (files, found) in [
            (&["README.md", "m.gguf"][..], "m.gguf"),
            (&["sub/M.GGUF"], "sub/M.GGUF"),
            (&["../m.gguf", "/m.gguf", "m.gguf"], "m.gguf"),
            (&[], "owner/repo holds no .gguf file; look for a repository whose name ends in GGUF"),
            (
                &["b.gguf", "a.gguf"],
                "owner/repo holds several models; choose one: hf:owner/repo/a.gguf, hf:owner/repo/b.gguf",
            ),
        ] {
            let chosen = choose(&repo(), files.iter().map(|&f| f.to_owned()));
            assert_eq!(chosen.unwrap_or_else(|error| error.to_string()), found);
        }
    }

    #[test]
    fn escapes_what_an_address_cannot_hold() {
        let hub = "https://hub.example/".parse().unwrap();
        let url = file_url(&hub, &repo(), "sub/ä b.gguf").unwrap();
        assert_eq!(url.to_string(), "https://hub.example/owner/repo/resolve/main/sub/%C3%A4%20b.gguf");
        assert_eq!(url.file_name(), "ä b.gguf");
    }
}
