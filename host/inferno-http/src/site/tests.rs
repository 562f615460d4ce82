//! A small site, and what browsers get of it.

use std::borrow::Cow;

use super::*;

fn site() -> Site {
    let files: [(&str, &'static [u8]); 8] = [
        (
            "index.html",
            b"<html><script>one()</script><script src=\"/a.js\"></script><style>b{}</style></html>",
        ),
        ("board/index.html", b"<html></html>"),
        ("playground/index.html", b"<html><script async=\"\">two()</script></html>"),
        ("404.html", b"<html>nothing</html>"),
        ("_next/static/chunks/1.js", b"1"),
        ("icon.svg", b"<svg/>"),
        ("sandbox/transpiler.js", b"1"),
        ("sandbox/component.js", b"1"),
    ];
    Site::new(files.map(|(path, bytes)| (path.to_owned(), Cow::Borrowed(bytes))))
}

#[track_caller]
fn check(path: &str, expected: &str) {
    let site = site();
    let found = match site.find(path) {
        Found::File(asset) => format!("{} {}", asset.media, asset.cache),
        Found::Folder => "folder".to_owned(),
        Found::Nothing(page) => format!("nothing, page: {}", page.is_some()),
    };
    assert_eq!(found, expected, "{path}");
}

#[test]
fn a_path_is_a_file_or_nothing() {
    check("/", "text/html; charset=utf-8 no-cache");
    check("/board/", "text/html; charset=utf-8 no-cache");
    check("/board", "folder");
    check("/_next/static/chunks/1.js", "text/javascript; charset=utf-8 public, max-age=31536000, immutable");
    check("/icon.svg", "image/svg+xml no-cache");
    check("//evil.example/", "nothing, page: true");
    check("/../Cargo.toml", "nothing, page: true");
    check("/chat/", "nothing, page: true");
}

#[test]
fn a_page_may_do_what_it_needs_and_nothing_else() {
    let site = site();
    let policy = |path: &str| {
        let Found::File(asset) = site.find(path) else { panic!("{path} is a file") };
        let policy = asset.policy.as_ref().map(|policy| policy.to_str().expect("ASCII").replace("; ", ";\n"));
        policy.unwrap_or_default()
    };
    let pages = ["/", "/playground/", "/sandbox/transpiler.js", "/sandbox/component.js"];
    insta::assert_snapshot!(pages.map(|path| format!("{path}\n{}", policy(path))).join("\n\n"));
    assert_eq!(policy("/icon.svg") + &policy("/_next/static/chunks/1.js"), "", "what every answer has");
}
