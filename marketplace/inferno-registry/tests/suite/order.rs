//! Versions only rise, never change, and one of two that race for the same one wins.

use axum::http::StatusCode;
use inferno_package::Kind;
use inferno_registry::testing::{Salt, component};

use crate::{app::App, draft::Draft};

fn widget(version: &str) -> Draft {
    Draft::new("acme/throughput", version, Kind::Widget)
}

const YANK: &str = "/api/registry/packages/acme/throughput/versions/2.0.0/yank";
const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

#[tokio::test]
async fn what_is_there_is_not_pushed_again() {
    let app = App::new().await;
    app.published(&widget("2.0.0")).await;
    let other = widget("2.0.0").with_component(component(Kind::Widget, Salt(1)));
    let mut table = vec![
        format!("the same again: {}", app.publish(&widget("2.0.0")).await.shown()),
        format!(
            "other bytes: {}",
            app.publish(&other).await.shown().replace(&widget("2.0.0").digest().hex(), "…")
        ),
        format!("an older version: {}", app.publish(&widget("1.9.9")).await.shown()),
        format!("its own beta: {}", app.publish(&widget("2.0.0-beta.1")).await.shown()),
        format!(
            "another kind: {}",
            app.publish(&Draft::new("acme/throughput", "3.0.0", Kind::Analyzer)).await.shown()
        ),
    ];
    let yank = app.send(&format!("POST {YANK}"), &JSON, r#"{"reason":"shows the wrong unit"}"#).await;
    assert_eq!(yank.status, StatusCode::OK, "{}", yank.shown());
    table.push(format!("yanked, the same again: {}", app.publish(&widget("2.0.0")).await.shown()));
    table.push(format!("yanked, other bytes: {}", app.publish(&other).await.shown()));
    table.push(format!("yanked, and an older one: {}", app.publish(&widget("1.9.9")).await.shown()));
    insta::assert_snapshot!(table.join("\n"), @"
    the same again: 201
    other bytes: 409 DENIED: 2.0.0 is there already, with the component sha256:…; a version never changes, so publish a higher one
    an older version: 409 DENIED: 1.9.9 is lower than 2.0.0, the newest version; publish one that is higher
    its own beta: 409 DENIED: 2.0.0-beta.1 is lower than 2.0.0, the newest version; publish one that is higher
    another kind: 409 DENIED: acme/throughput is of the kind `widget` since its first version, and this is of the kind `analyzer`; publish it under another name
    yanked, the same again: 409 DENIED: 2.0.0 was yanked (shows the wrong unit); a yanked version is not published again, so publish a higher one
    yanked, other bytes: 409 DENIED: 2.0.0 was yanked (shows the wrong unit); a yanked version is not published again, so publish a higher one
    yanked, and an older one: 409 DENIED: 1.9.9 is lower than 2.0.0, the newest version; publish one that is higher
    ");
    let detail = app.json("/api/registry/packages/acme/throughput").await;
    assert_eq!(detail["versions"].as_array().unwrap().len(), 1);
    assert_eq!(detail["versions"][0]["yanked"]["reason"], "shows the wrong unit");
    app.published(&widget("2.0.1")).await;
}

#[tokio::test]
async fn a_version_that_was_tagged_in_time_is_still_not_published_out_of_order() {
    let app = App::new().await;
    for step in [app.component(&widget("1.0.0")).await, app.files(&widget("1.0.0")).await] {
        assert_eq!(step.status, StatusCode::CREATED);
    }
    app.published(&widget("1.1.0")).await;
    insta::assert_snapshot!(app.bundle(&widget("1.0.0")).await.shown(), @"409 DENIED: 1.0.0 is lower than 1.1.0, the newest version; publish one that is higher");
}

/// Each competitor has bytes of its own. Whoever is first has the version; nobody else is told that they have it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_race_for_a_version_exactly_one_wins() {
    let app = std::sync::Arc::new(App::new().await);
    let drafts: Vec<Draft> =
        (0..8).map(|salt| widget("1.0.0").with_component(component(Kind::Widget, Salt(salt)))).collect();
    let tasks: Vec<_> = drafts
        .iter()
        .cloned()
        .map(|draft| {
            let app = std::sync::Arc::clone(&app);
            tokio::spawn(async move { app.publish(&draft).await })
        })
        .collect();
    let mut won = Vec::new();
    for (draft, task) in drafts.iter().zip(tasks) {
        let answer = task.await.unwrap();
        match answer.status {
            StatusCode::CREATED => won.push(draft.digest().to_string()),
            status => assert_eq!(status, StatusCode::CONFLICT, "{}", answer.shown()),
        }
    }
    assert_eq!(won.len(), 1);
    let detail = app.json("/api/registry/packages/acme/throughput").await;
    assert_eq!(detail["versions"].as_array().unwrap().len(), 1);
    assert_eq!(detail["versions"][0]["digest"], won[0]);
}

/// Two tokens, one key, two versions at once: the catalog must end in rising order whatever happens.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn versions_that_are_pushed_at_once_end_in_rising_order() {
    let app = std::sync::Arc::new(App::new().await);
    let tasks: Vec<_> = (0..8)
        .map(|patch| {
            let app = std::sync::Arc::clone(&app);
            tokio::spawn(async move { app.publish(&widget(&format!("1.0.{patch}"))).await.status })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        created += usize::from(task.await.unwrap() == StatusCode::CREATED);
    }
    let detail = app.json("/api/registry/packages/acme/throughput").await;
    let versions: Vec<&str> =
        detail["versions"].as_array().unwrap().iter().map(|v| v["version"].as_str().unwrap()).collect();
    assert_eq!(versions.len(), created);
    assert!(versions.is_sorted_by(|newer, older| newer > older), "{versions:?}");
}
