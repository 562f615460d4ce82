//! The engine on its thread: dropping, filling up, not reading, draining, failing.

use std::{
    sync::mpsc::{SyncSender, sync_channel},
    time::Duration,
};

use tokio::task::JoinHandle;

use super::*;
use crate::{EngineHandle, EngineState, EventStream, Rejected, RunnerConfig, SubmitError};

/// Long enough for the slowest machine; only a failure waits this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// An executor with room for endless answers.
fn roomy() -> FakeExecutor {
    FakeExecutor::new(KvLayout { block_len: 4, blocks: 1000, kind: KvType::F16 }, 2000)
}

/// An executor that does each step only when told to. Closing the gate lets all further steps through.
fn gated() -> (FakeExecutor, SyncSender<()>) {
    let (gate, wait) = sync_channel(1000);
    let executor = roomy().with_hook(move |_, _| {
        let _ = wait.recv();
        Ok(())
    });
    (executor, gate)
}

/// Starts something and lets it come as far as it can without waiting: its command is then in the channel.
async fn begin<T: Send + 'static>(what: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let task = tokio::spawn(what);
    tokio::task::yield_now().await;
    task
}

fn submission(
    handle: &EngineHandle,
    request: Request,
) -> impl Future<Output = Result<EventStream, SubmitError>> + use<> {
    let handle = handle.clone();
    async move { handle.submit(request).await }
}

fn spawn(executor: FakeExecutor, config: EngineConfig, commands: usize, events: usize) -> EngineHandle {
    let size = |n| std::num::NonZeroUsize::new(n).unwrap();
    let runner = RunnerConfig { commands: size(commands), events: size(events) };
    EngineHandle::spawn(engine_over(executor, config), runner).unwrap()
}

fn endless() -> Request {
    Request { ignore_end: true, ..seeded(&[1, 2], 1500, 1) }
}

fn short(tokens: u32) -> Request {
    Request { ignore_end: true, ..seeded(&[1, 2], tokens, 1) }
}

async fn read(mut stream: EventStream) -> Answer {
    let mut answer = Answer::default();
    while let Some(kind) = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap() {
        answer.take(kind);
    }
    answer
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("still not: {what}"));
}

#[tokio::test]
async fn many_requests_are_answered_as_if_alone() {
    let handle = spawn(FakeExecutor::new(LAYOUT, CONTEXT), config(16, 4, 4, 64), 64, 256);
    let mut streams = Vec::new();
    for seed in 0..20 {
        streams.push((seed, handle.submit(seeded(&[1, 2, 3], 12, seed)).await.unwrap()));
    }
    for (seed, stream) in streams {
        assert_eq!(read(stream).await, alone(seeded(&[1, 2, 3], 12, seed)));
    }
    until("memory is free", || handle.stats().kv_blocks_used == 0).await;
    assert_eq!((handle.stats().finished, handle.state()), (20, EngineState::Ready));
    handle.shutdown(PATIENCE).await;
    assert_eq!(handle.state(), EngineState::Stopped);
    assert_eq!(handle.submit(short(1)).await.unwrap_err(), SubmitError::ShuttingDown);
}

#[tokio::test]
async fn a_dropped_stream_cancels_before_the_next_step() {
    let (executor, gate) = gated();
    let handle = spawn(executor, config(16, 4, 4, 4), 8, 256);
    let mut stream = handle.submit(endless()).await.unwrap();
    gate.send(()).unwrap();
    assert!(matches!(stream.next().await, Some(EventKind::Token(_))));
    drop(stream);
    // The second step was under way when the stream was dropped; a third must not begin.
    gate.send(()).unwrap();
    until("cancelled", || handle.stats().cancelled == 1).await;
    let stats = handle.stats();
    assert_eq!((stats.running, stats.kv_blocks_used), (0, 0));
    assert!(stats.steps <= 2, "{stats:?}");
    drop(gate);
    handle.shutdown(PATIENCE).await;
}

#[tokio::test]
async fn a_full_channel_is_busy_and_never_a_hang() {
    let (entered, inside) = sync_channel(1000);
    let (gate, wait) = sync_channel::<()>(0);
    let executor = roomy().with_hook(move |_, _| {
        let _ = entered.send(());
        let _ = wait.recv();
        Ok(())
    });
    let handle = spawn(executor, config(16, 4, 1, 1), 1, 256);
    let running = handle.submit(short(2)).await.unwrap();
    until("in a step", || inside.try_recv().is_ok()).await;
    // The thread takes no command now; one fits into the channel, the next does not.
    let queued = begin(submission(&handle, short(2))).await;
    let busy = tokio::time::timeout(PATIENCE, handle.submit(short(2))).await.unwrap();
    assert!(matches!(busy, Err(SubmitError::Busy { retry_after }) if retry_after >= Duration::from_secs(1)));
    drop(gate);
    let queued = queued.await.unwrap().unwrap();
    assert_eq!((read(running).await.tokens.len(), read(queued).await.tokens.len()), (2, 2));
}

#[tokio::test]
async fn a_full_waiting_line_is_busy_and_a_bad_request_is_rejected() {
    let (executor, gate) = gated();
    let handle = spawn(executor, config(16, 4, 1, 0), 8, 256);
    let running = handle.submit(short(2)).await.unwrap();
    let second = begin(submission(&handle, short(2))).await;
    let empty = begin(submission(&handle, Request::greedy(Vec::new(), None))).await;
    gate.send(()).unwrap();
    assert!(matches!(second.await.unwrap(), Err(SubmitError::Busy { .. })));
    assert_eq!(empty.await.unwrap().unwrap_err(), SubmitError::Rejected(Rejected::EmptyPrompt));
    drop(gate);
    assert_eq!(read(running).await.tokens.len(), 2);
}

#[tokio::test]
async fn a_reader_that_never_reads_is_cancelled_and_told_so() {
    let handle = spawn(roomy(), config(16, 4, 4, 4), 8, 5);
    let lazy = handle.submit(endless()).await.unwrap();
    until("cancelled", || handle.stats().cancelled == 1).await;
    assert_eq!(read(handle.submit(short(5)).await.unwrap()).await.tokens.len(), 5, "others go on");
    let answer = read(lazy).await;
    assert_eq!((answer.tokens.len(), answer.end), (5, Some(End::Failed(RequestFault::NotRead))));
}

#[tokio::test]
async fn a_shutdown_lets_accepted_requests_finish() {
    let (executor, gate) = gated();
    let handle = spawn(executor, config(16, 4, 1, 4), 8, 256);
    let running = handle.submit(short(3)).await.unwrap();
    let waiting = begin(submission(&handle, short(3))).await;
    gate.send(()).unwrap();
    let waiting = waiting.await.unwrap().unwrap();
    let clone = handle.clone();
    let shutdown = begin(async move { clone.shutdown(PATIENCE).await }).await;
    gate.send(()).unwrap();
    until("draining", || handle.state() == EngineState::Draining).await;
    let late = begin(submission(&handle, short(1))).await;
    drop(gate);
    assert_eq!(late.await.unwrap().unwrap_err(), SubmitError::ShuttingDown);
    shutdown.await.unwrap();
    assert_eq!((read(running).await.tokens.len(), read(waiting).await.tokens.len()), (3, 3));
    assert_eq!(handle.state(), EngineState::Stopped);
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_told_so() {
    let executor = roomy().with_hook(|_, _| {
        std::thread::sleep(Duration::from_millis(1));
        Ok(())
    });
    let handle = spawn(executor, config(16, 4, 1, 4), 8, 2000);
    let running = handle.submit(endless()).await.unwrap();
    let waiting = handle.submit(endless()).await.unwrap();
    handle.shutdown(Duration::ZERO).await;
    for stream in [running, waiting] {
        assert_eq!(read(stream).await.end, Some(End::Failed(RequestFault::ShuttingDown)));
    }
    assert_eq!((handle.state(), handle.stats().running), (EngineState::Stopped, 0));
}

#[tokio::test]
async fn a_fault_and_a_panic_end_every_stream_and_are_reported() {
    let fault = |_: u64| Err(inferno_backend::BackendError::Device { detail: "smoke".into() });
    let panic = |_: u64| panic!("smoke");
    for (name, hook) in [
        ("fault", Box::new(fault) as Box<dyn Fn(u64) -> Result<(), inferno_backend::BackendError> + Send>),
        ("panic", Box::new(panic)),
    ] {
        // Fails in the third step, and not before both streams are there.
        let (gate, wait) = sync_channel::<()>(1);
        let executor = FakeExecutor::new(LAYOUT, CONTEXT).with_hook(move |step, _| {
            if step < 2 {
                return Ok(());
            }
            let _ = wait.recv();
            hook(step)
        });
        let handle = spawn(executor, config(16, 4, 1, 4), 8, 256);
        let running = handle.submit(short(20)).await.unwrap();
        let waiting = begin(submission(&handle, short(20))).await;
        drop(gate);
        let answer = read(running).await;
        let Some(End::Failed(RequestFault::Engine { reason })) = answer.end else {
            panic!("{name}: {answer:?}")
        };
        assert!(reason.contains("smoke"), "{name}: {reason}");
        // The second was accepted before the fault, or learns of it now.
        match waiting.await.unwrap() {
            Ok(stream) => {
                assert!(matches!(read(stream).await.end, Some(End::Failed(RequestFault::Engine { .. }))));
            }
            Err(error) => assert!(matches!(error, SubmitError::Failed { .. }), "{name}: {error}"),
        }
        assert_eq!(handle.state(), EngineState::Failed { reason });
        assert!(matches!(handle.submit(short(1)).await, Err(SubmitError::Failed { .. })), "{name}");
        handle.shutdown(PATIENCE).await;
        assert!(matches!(handle.state(), EngineState::Failed { .. }), "{name}");
    }
}

#[tokio::test]
async fn without_handles_accepted_requests_still_finish() {
    let (executor, gate) = gated();
    let handle = spawn(executor, config(16, 4, 1, 4), 8, 256);
    let stream = handle.submit(short(4)).await.unwrap();
    drop(handle);
    drop(gate);
    assert_eq!(read(stream).await.tokens.len(), 4);
}
