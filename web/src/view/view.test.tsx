// What a reader, and a screen reader, find of every kind of node.
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EVERY_KIND } from "./samples";
import { layerStyles } from "./colour";
import { levelOf, levelPaths } from "./heatmap/levels";
import { ViewTree } from "./view-tree";

/** A layout: jsdom has none, and without a size nothing is drawn. */
class Observer {
  constructor(private readonly report: ResizeObserverCallback) {}
  observe() {
    const entry = { contentRect: { width: 400, height: 200 } } as ResizeObserverEntry;
    this.report([entry], this as unknown as ResizeObserver);
  }
  unobserve() {}
  disconnect() {}
}

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", Observer);
  render(<ViewTree view={EVERY_KIND} />);
});
afterEach(cleanup);

describe("the view tree", () => {
  it("shows text as it is, without markup", () => {
    expect(screen.getByRole("heading").textContent).toBe("Decode <b>now</b>");
  });

  it("shows a value with its unit and where it comes from, and no value as none", () => {
    expect(screen.getByText("45.7")).toBeTruthy();
    expect(screen.getByText("/s")).toBeTruthy();
    expect(screen.getByText("measured")).toBeTruthy();
    expect(screen.getByText("no value")).toBeTruthy();
    expect(screen.getAllByText("unavailable")).toBeTruthy();
  });

  it("shows a table's numbers in the unit of their column", () => {
    const table = within(screen.getByRole("region", { name: "Requests by model" }));
    expect(table.getAllByRole("cell").map((cell) => cell.textContent)).toEqual(["smol", "12.3 ms", "big", ""]);
  });

  it("draws a chart with a description, and shows the same as a table", () => {
    const drawing = screen.getByRole("img", { name: "Tokens per second over five minutes" });
    expect(drawing.querySelectorAll("path[stroke='var(--accent)']")).toHaveLength(1);
    fireEvent.click(screen.getByRole("button", { name: /Show as a table: Tokens per second/ }));
    const table = within(screen.getByRole("region", { name: "Tokens per second over five minutes" }));
    const cells = table.getAllByRole("cell").map((cell) => cell.textContent);
    expect(cells.filter((_, at) => at % 3 === 1)).toEqual(["30 /s", "–", "10 /s"]);
  });

  it("draws a heatmap, with a ramp up to the largest value", () => {
    expect(screen.getByRole("img", { name: "Latency over time" })).toBeTruthy();
    expect(screen.getByText("2 requests")).toBeTruthy();
  });

  it("lists parts with value and share", () => {
    const parts = screen.getAllByRole("listitem").map((item) => item.textContent);
    expect(parts).toContain("1matmul3.00 s75.0 %");
    expect(parts).toContain("2attention1.00 s25.0 %");
  });
});

describe("signs beside colour", () => {
  it("layers of one tone differ in colour and dash", () => {
    const styles = layerStyles([{ tone: "accent" }, { tone: "accent" }, { tone: "neutral" }]);
    expect(new Set(styles.map((style) => style.colour)).size).toBe(3);
    expect(new Set(styles.map((style) => style.dash)).size).toBe(3);
  });

  it("whatever is more than zero is seen", () => {
    expect([0, 0.0001, 5, 10].map((value) => levelOf(value, 10))).toEqual([0, 1, 5, 9]);
    expect(levelOf(0, 0)).toBe(0);
  });

  it("a heatmap is ten paths, and a gap is in none", () => {
    const paths = levelPaths([0, 1, null, 1], { columns: 2, rows: 2, width: 20, height: 20 });
    expect(paths).toHaveLength(10);
    expect(paths[0]).toBe("M0 10h10v10h-10z");
    expect(paths[9]).toBe("M10 10h10v10h-10zM10 0h10v10h-10z");
  });
});
