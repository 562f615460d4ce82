//! The board and the switches.

use inferno_insight::BoardItem;
use inferno_store::StoreError;
use serde_json::{Map, json};

use crate::{Bench, words};

pub(crate) fn item(id: &str) -> BoardItem {
    let settings = Map::from_iter([("metric".to_owned(), json!("ü \"quoted\" \u{0} text"))]);
    BoardItem { id: id.into(), widget: "inferno/throughput".into(), x: 0, y: 0, w: 6, h: 4, settings }
}

#[tokio::test]
async fn a_board_is_kept_over_the_revision_that_was_seen() {
    let bench = Bench::new().await;
    let empty = bench.store.board().await.unwrap();
    assert_eq!((empty.revision, empty.items.len()), (0, 0));
    let saved = bench.store.save_board(0, vec![item("a"), item("b")]).await.unwrap();
    assert_eq!(saved.revision, 1);
    let conflict = bench.store.save_board(0, vec![]).await.unwrap_err();
    assert!(matches!(conflict, StoreError::Conflict { expected: 0, current: 1 }));
    insta::assert_snapshot!(words(&conflict, &bench.folder), @"the board was changed by somebody else: it has revision 1, not 0; load it again");
    let bench = bench.reopen().await;
    assert_eq!(bench.store.board().await.unwrap(), saved);
    assert_eq!(bench.store.save_board(1, vec![]).await.unwrap().revision, 2);
}

#[tokio::test]
async fn of_two_who_save_at_once_one_is_told() {
    let bench = Bench::new().await;
    let writers: Vec<_> = (0..20)
        .map(|at| {
            let store = bench.store.clone();
            tokio::spawn(async move { store.save_board(0, vec![item(&at.to_string())]).await })
        })
        .collect();
    let mut saved = Vec::new();
    for writer in writers {
        match writer.await.unwrap() {
            Ok(board) => saved.push(board),
            Err(error) => assert!(matches!(error, StoreError::Conflict { .. }), "{error}"),
        }
    }
    assert_eq!(saved, [bench.store.board().await.unwrap()]);
}

#[tokio::test]
async fn a_board_that_breaks_a_bound_is_refused() {
    let bench = Bench::new().await;
    let error = bench.store.save_board(0, vec![item("a"), item("a")]).await.unwrap_err();
    insta::assert_snapshot!(words(&error, &bench.folder), @"two items of the board have the id `a`");
    assert_eq!(bench.store.board().await.unwrap().revision, 0);
}

#[tokio::test]
async fn plugins_are_on_until_they_are_switched_off() {
    let bench = Bench::new().await;
    assert!(bench.store.switched_off().await.unwrap().is_empty());
    for (name, enabled) in [("a/x", false), ("a/y", false), ("a/x", true), ("a/y", false), ("a/z", true)] {
        bench.store.set_enabled(name, enabled).await.unwrap();
    }
    let bench = bench.reopen().await;
    assert_eq!(bench.store.switched_off().await.unwrap().into_iter().collect::<Vec<_>>(), ["a/y"]);
}
