//! A process that writes is killed at any moment; the next one finds all that was acknowledged, and nothing halved.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use inferno_store::Store;

use crate::{board::item, history::samples};

const CHILD: &str = "INFERNO_TEST_STORE_TO_WRITE";
const ROUNDS: u64 = 20;
/// A chunk is ten seconds of this many series, so that it spans pages.
const SERIES: usize = 60;

/// What was acknowledged last, or found.
#[derive(Debug, Default, Clone, Copy)]
struct Acknowledged {
    revision: u64,
    chunks: i64,
    switches: u64,
}

/// Not a test of its own: the process that is killed. It goes on where the last one ended.
#[tokio::test]
async fn writer() {
    let Some(path) = env::var_os(CHILD) else { return };
    let store = Store::open(Path::new(&path)).await.unwrap();
    let mut revision = store.board().await.unwrap().revision;
    let mut chunk = store.last_sample().await.unwrap().map_or(0, |last| (last + 1) / 10);
    loop {
        let name = format!("i{revision}");
        revision = store.save_board(revision, vec![item(&name); 1]).await.unwrap().revision;
        println!("\nboard {revision}");
        let series: Vec<_> =
            (0..SERIES).map(|at| samples("m", &at.to_string(), vec![chunk as f64; 10])).collect();
        store.append_history(chunk * 10, 10, &series).await.unwrap();
        chunk += 1;
        println!("\nchunk {chunk}");
        store.set_enabled(&format!("a/p{revision}"), false).await.unwrap();
        println!("\nswitch {revision}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let mut told = Acknowledged::default();
    for round in 0..ROUNDS {
        // Different moments, among them the opening of the file.
        told = kill_a_writer(&path, Duration::from_millis(60 + round * 37 % 300), told);
        told = check(&path, told).await;
    }
    assert!(told.revision > ROUNDS && told.chunks > 0, "the children wrote too little: {told:?}");
}

fn kill_a_writer(path: &Path, after: Duration, before: Acknowledged) -> Acknowledged {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "killed::writer", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reader = std::thread::spawn(move || {
        lines.map_while(Result::ok).fold(before, |mut told, line| {
            let number =
                |word: &str| line.strip_prefix(word).and_then(|rest| rest.trim().parse::<u64>().ok());
            told.revision = number("board").unwrap_or(told.revision);
            told.chunks = number("chunk").map_or(told.chunks, |chunk| chunk as i64);
            told.switches = number("switch").unwrap_or(told.switches);
            told
        })
    });
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// What is there: all that was acknowledged, and at most one step more.
async fn check(path: &Path, told: Acknowledged) -> Acknowledged {
    let store = Store::open(path).await.unwrap();
    let board = store.board().await.unwrap();
    assert!(board.revision == told.revision || board.revision == told.revision + 1, "{told:?}: {board:?}");
    if board.revision > 0 {
        assert_eq!(board.items, [item(&format!("i{}", board.revision - 1))]);
    }
    let last = store.last_sample().await.unwrap().map_or(0, |last| last + 1);
    assert!(last == told.chunks * 10 || last == told.chunks * 10 + 10, "{told:?}: {last} s");
    let mut counts = vec![0; SERIES];
    for block in store.history(None, 0, i64::MAX / 2).await.unwrap() {
        let at: usize = block.labels()[0].value.parse().unwrap();
        for (tick, value) in (block.first()..).zip(block.values().unwrap()) {
            assert_eq!(value, (tick / 10) as f64, "second {tick} of series {at}");
            counts[at] += 1;
        }
    }
    assert!(counts.iter().all(|count| *count == last), "{counts:?} of {last}");
    let off = store.switched_off().await.unwrap();
    assert!(told.switches == 0 || off.contains(&format!("a/p{}", told.switches)), "{told:?}: {off:?}");
    store.close().await;
    let raw = sqlx::SqlitePool::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&raw).await.unwrap();
    assert_eq!(verdict, "ok");
    raw.close().await;
    let switches = off.iter().filter_map(|name| name.strip_prefix("a/p")?.parse().ok()).max();
    Acknowledged { revision: board.revision, chunks: last / 10, switches: switches.unwrap_or_default() }
}
