//! The board: which widgets are shown where, and how they are set.
//!
//! Owns the bounds of a board. Refuses to know whether a widget is installed or its settings fit its schema: a board
//! outlives both. Easily confused with [`View`](crate::View), which is what one of its widgets shows.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The most widgets on a board.
pub const MAX_ITEMS: usize = 64;
/// The columns of a board.
pub const COLUMNS: u32 = 12;
/// The most rows of one widget, and the last row that one may begin at.
const MAX_ROWS: u32 = 1_000;
/// The longest id, and the longest name of a widget, in bytes.
const MAX_NAME: usize = 128;
/// The longest settings of a widget, in bytes of JSON.
const MAX_SETTINGS: usize = 8 * 1024;

/// A board, as it is kept and as it is sent to be kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Board {
    /// Grows by one with every change. Whoever changes a board says which revision it saw.
    pub revision: u64,
    /// In no order that matters.
    #[schema(max_items = 64)]
    pub items: Vec<BoardItem>,
}

/// A widget on a board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BoardItem {
    /// Letters, digits, `-` and `_`; set apart from every other of the board.
    pub id: String,
    /// The package of the widget, such as `inferno/throughput`.
    pub widget: String,
    /// The first column, from 0.
    pub x: u32,
    /// The first row, from 0.
    pub y: u32,
    /// The number of columns; `x + w` is at most 12.
    pub w: u32,
    /// The number of rows.
    pub h: u32,
    /// The widget's own settings, as its schema asks for them.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
}

/// Whether the items are within the bounds of a board.
///
/// # Errors
/// The first bound that is not kept.
pub fn check_board(items: &[BoardItem]) -> Result<(), InvalidBoard> {
    if items.len() > MAX_ITEMS {
        return Err(InvalidBoard::TooMany { found: items.len() });
    }
    let mut ids = BTreeSet::new();
    for item in items {
        let BoardItem { id, widget, x, y, w, h, settings } = item;
        let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        if id.is_empty() || id.len() > MAX_NAME || !id.bytes().all(plain) {
            return Err(InvalidBoard::Id { found: id.chars().take(40).collect() });
        }
        if !ids.insert(id) {
            return Err(InvalidBoard::Twice { id: id.clone() });
        }
        let name = |part: &str| !part.is_empty() && part.bytes().all(plain);
        if widget.len() > MAX_NAME || !widget.split_once('/').is_some_and(|(a, b)| name(a) && name(b)) {
            return Err(InvalidBoard::Widget { id: id.clone() });
        }
        let columns = (1..=COLUMNS).contains(w) && *x <= COLUMNS - w;
        if !columns || !(1..=MAX_ROWS).contains(h) || *y > MAX_ROWS {
            return Err(InvalidBoard::Place { id: id.clone() });
        }
        let size = serde_json::to_vec(settings).map_or(usize::MAX, |json| json.len());
        if size > MAX_SETTINGS {
            return Err(InvalidBoard::Settings { id: id.clone(), found: size });
        }
    }
    Ok(())
}

/// Why a board is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBoard {
    /// Too many widgets.
    #[error("a board has at most {MAX_ITEMS} widgets, and this has {found}")]
    TooMany {
        /// How many.
        found: usize,
    },
    /// The id is none.
    #[error("{found:?} is no id of a board's item: use 1 to {MAX_NAME} letters, digits, `-` and `_`")]
    Id {
        /// Its beginning.
        found: String,
    },
    /// Two with one id.
    #[error("two items of the board have the id `{id}`")]
    Twice {
        /// The id.
        id: String,
    },
    /// The widget's name is none.
    #[error("the item `{id}` names no widget: use `publisher/name`")]
    Widget {
        /// The item.
        id: String,
    },
    /// It lies outside.
    #[error("the item `{id}` lies outside the board: it has {COLUMNS} columns and {MAX_ROWS} rows")]
    Place {
        /// The item.
        id: String,
    },
    /// Too much to keep.
    #[error("the settings of the item `{id}` have {found} bytes, and at most {MAX_SETTINGS} are kept")]
    Settings {
        /// The item.
        id: String,
        /// Their length.
        found: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> BoardItem {
        BoardItem {
            id: "a-1".into(),
            widget: "inferno/throughput".into(),
            x: 0,
            y: 0,
            w: 6,
            h: 4,
            settings: Map::new(),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut BoardItem), expected: &str) {
        let mut changed = item();
        change(&mut changed);
        let result = check_board(&[changed]);
        assert_eq!(result.map_or_else(|defect| defect.to_string(), |()| "fine".to_owned()), expected);
    }

    #[test]
    fn bounds_of_a_board() {
        check(|_| {}, "fine");
        check(|i| i.x = 6, "fine");
        let outside = "the item `a-1` lies outside the board: it has 12 columns and 1000 rows";
        check(|i| i.x = 7, outside);
        check(|i| i.w = 0, outside);
        check(|i| i.w = u32::MAX, outside);
        check(|i| (i.x, i.w) = (u32::MAX, 12), outside);
        check(|i| i.h = 1_001, outside);
        check(|i| i.y = 1_001, outside);
        check(
            |i| i.id = "a b".into(),
            r#""a b" is no id of a board's item: use 1 to 128 letters, digits, `-` and `_`"#,
        );
        let widget = "the item `a-1` names no widget: use `publisher/name`";
        check(|i| i.widget = "throughput".into(), widget);
        check(|i| i.widget = "../etc".into(), widget);
        check(|i| i.widget = "a/b/c".into(), widget);
        check(
            |i| _ = i.settings.insert("text".into(), Value::String("x".repeat(9_000))),
            "the settings of the item `a-1` have 9011 bytes, and at most 8192 are kept",
        );
        assert_eq!(check_board(&[item(), item()]), Err(InvalidBoard::Twice { id: "a-1".into() }));
        let many = vec![item(); 65];
        assert_eq!(check_board(&many), Err(InvalidBoard::TooMany { found: 65 }));
    }

    #[test]
    fn json_of_a_board() {
        let text = r#"{"revision":3,"items":[{"id":"a-1","widget":"inferno/throughput","x":0,"y":0,"w":6,"h":4,"settings":{}}]}"#;
        let board: Board = serde_json::from_str(text).expect("a board");
        assert_eq!(board, Board { revision: 3, items: vec![item()] });
        assert_eq!(serde_json::to_string(&board).expect("JSON"), text);
    }
}
