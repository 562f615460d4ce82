// The live connection without a network: what is kept, what is left out, and what people are told.
import { beforeEach, describe, expect, it } from "vitest";
import type { Frame, Snapshot } from "@/api/types";
import { pointsOf } from "./backfill";
import { next, type Connection, type ConnectionEvent } from "./connection";
import { append, courseOf, fill, pointOf, type History } from "./history";
import { quantile } from "./quantile";
import { useLive } from "./store";

const at = (time: number, value = time): { at: number; values: Record<string, number> } => ({
  at: time,
  values: { k: value },
});
const times = (history: History) => history.map((point) => point.at);

describe("the history", () => {
  it("keeps five minutes", () => {
    const history = append([at(0), at(1_000)], at(300_500));
    expect(times(history)).toEqual([1_000, 300_500]);
  });

  it("drops the past when the clock was set back", () => {
    expect(times(append([at(10_000)], at(5_000)))).toEqual([5_000]);
  });

  it("fills what was not seen, and nothing else", () => {
    const history = fill([at(10_000), at(30_000)], [at(5_000), at(9_000), at(20_000), at(31_000), at(-300_000)]);
    expect(times(history)).toEqual([5_000, 10_000, 20_000, 30_000]);
  });

  it("has a gap where points lie far apart", () => {
    const { values } = courseOf([at(0, 1), at(5_000, 2), at(12_000, 3)], ["k"]);
    expect(values).toEqual([1, 2, null, 3]);
    expect(courseOf([at(0)], ["other"]).values).toEqual([null]);
    expect(courseOf([at(0, 2)], ["k", "other", "k"]).values).toEqual([4]);
  });
});

describe("the state of the connection", () => {
  const told = (events: [ConnectionEvent, number][]): string =>
    events.reduce<Connection>((state, [event, now]) => next(state, event, now), { state: "connecting" }).state;

  it.each<[string, [ConnectionEvent, number][]]>([
    ["connecting", [["tick", 5_000]]],
    ["live", [["connected", 0]]],
    [
      "live",
      [
        ["connected", 0],
        ["refused", 1],
      ],
    ],
    [
      "reconnecting",
      [
        ["refused", 0],
        ["tick", 9_999],
      ],
    ],
    [
      "reconnecting",
      [
        ["connected", 0],
        ["lost", 1_000],
        ["refused", 2_000],
      ],
    ],
    [
      "offline",
      [
        ["connected", 0],
        ["lost", 1_000],
        ["refused", 2_000],
        ["tick", 11_000],
      ],
    ],
    [
      "offline",
      [
        ["connected", 0],
        ["no-network", 1],
      ],
    ],
    [
      "live",
      [
        ["connected", 0],
        ["lost", 1],
        ["tick", 20_000],
        ["connected", 20_001],
      ],
    ],
  ])("%s after %j", (expected, events) => {
    expect(told(events)).toBe(expected);
  });
});

describe("percentiles", () => {
  it.each<[number, number | null]>([
    [0.5, 0.2],
    [0.25, 0.15],
    [0.75, 0.3],
    [1, 0.4],
  ])("the share %s lies below %s", (q, expected) => {
    expect(
      quantile(
        [
          [0.1, 0],
          [0.2, 10],
          [0.4, 10],
          [Infinity, 0],
        ],
        q,
      ),
    ).toBeCloseTo(expected ?? 0);
  });

  it("nothing counted has none, and the last bucket has its lower bound", () => {
    expect(quantile([[1, 0]], 0.5)).toBeNull();
    expect(
      quantile(
        [
          [1, 0],
          [Infinity, 3],
        ],
        0.95,
      ),
    ).toBe(1);
  });
});

describe("the backfill", () => {
  const empty: Frame = { metric: "", unit: "none", provenance: "measured", times: [], series: [] };
  const model = { name: "model", value: "m" };

  it("sums the series of a model, and estimates percentiles from buckets", () => {
    const frames = Array.from({ length: 10 }, () => empty);
    frames[0] = {
      ...empty,
      times: [5_000, 10_000],
      series: [
        { labels: [model, { name: "reason", value: "a" }], values: [1, null] },
        { labels: [model, { name: "reason", value: "b" }], values: [2, null] },
      ],
    };
    frames[5] = {
      ...empty,
      times: [5_000, 10_000],
      series: [
        { labels: [model, { name: "le", value: "+Inf" }], values: [0, null] },
        { labels: [model, { name: "le", value: "0.2" }], values: [10, null] },
        { labels: [model, { name: "le", value: "0.1" }], values: [10, null] },
      ],
    };
    const points = pointsOf(frames);
    expect(times(points)).toEqual([5_000]);
    expect(points[0]?.values["model/m/generationTokensPerSecond"]).toBe(3);
    expect(points[0]?.values["model/m/timeToFirstTokenP50"]).toBeCloseTo(0.1);
    expect(points[0]?.values["model/m/timeToFirstTokenP95"]).toBeCloseTo(0.19);
  });
});

describe("the store", () => {
  beforeEach(() => useLive.setState(useLive.getInitialState()));
  const reading = { unit: "none", provenance: "measured" } as const;
  const snapshot: Snapshot = {
    at: 1_000,
    models: [],
    process: { residentBytes: { ...reading, value: 5 }, cpuRatio: reading, threads: reading, uptimeSeconds: reading },
    requestsPerSecond: { ...reading, value: 2 },
  };
  const view = { nodes: [], root: 0 };
  const widget = { id: "a", widget: "inferno/throughput", viewport: { width: 1, height: 1 }, theme: "dark" } as const;

  it("keeps what it hears", () => {
    useLive.getState().heard(snapshot, 7);
    expect(useLive.getState().heardAt).toBe(7);
    expect(useLive.getState().history).toEqual([pointOf(snapshot)]);
    expect(pointOf(snapshot).values).toMatchObject({
      requestsPerSecond: 2,
      "process/residentBytes": 5,
      "process/cpuRatio": null,
    });
  });

  it("keeps a view when a later one fails, and drops it when it is no longer watched", () => {
    const { drawn, failed, watch } = useLive.getState();
    watch([{ ...widget, settings: {} }]);
    drawn("a", view);
    failed("a", { code: "c", message: "m" });
    expect(useLive.getState().views).toEqual({ a: { view, error: { code: "c", message: "m" } } });
    drawn("a", view);
    expect(useLive.getState().views).toEqual({ a: { view } });
    watch([]);
    expect(useLive.getState().views).toEqual({});
  });
});
