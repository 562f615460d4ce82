// A README is a stranger's text: what it may not do.
import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { hostOf, Readme } from "./readme";

const html = (markdown: string) => render(<Readme text={markdown} />).container;

describe("a README", () => {
  it("runs no script and loads nothing", () => {
    const shown = html(
      '# Hello\n\n<script>alert(1)</script>\n\n<img src=x onerror="alert(1)">\n\n![track](https://evil.example/x.png)\n\n<svg><foreignObject/></svg>',
    );
    expect(shown.querySelectorAll("script, img, svg, iframe, [style], [onerror]")).toHaveLength(0);
    expect(shown.textContent).toContain("<script>alert(1)</script>");
    expect(shown.textContent).toContain("[image: track]");
  });

  it("says where a link leads", () => {
    const shown = html(
      "[https://good.example](https://evil.example/login) [x](javascript:alert(1)) [y](data:text/html,1)",
    );
    const links = [...shown.querySelectorAll("a")];
    expect(links.map((link) => link.href)).toEqual(["https://evil.example/login"]);
    expect(shown.textContent).toContain("(evil.example)");
    expect(links[0]?.rel).toContain("noopener");
  });

  it("draws headings below those of the page, tables, lists and code", () => {
    const shown = html("# A\n\n## B\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- x\n\n```sh\nls\n```");
    expect([...shown.querySelectorAll("h3, h4, td, li, pre")].map((each) => each.textContent)).toEqual(
      expect.arrayContaining(["A", "B", "1", "2", "x", "ls"]),
    );
    expect(shown.querySelectorAll("h1, h2")).toHaveLength(0);
  });

  it("leaves no level of headings out, and heads no column with nothing", () => {
    const levels = (markdown: string) => [...html(markdown).querySelectorAll("h3, h4")].map(({ tagName }) => tagName);
    expect(levels("## a\n\n### b\n\n# c\n\n> ## d")).toEqual(["H3", "H4", "H3", "H4"]);
    expect(levels("#### a\n\n#### b")).toEqual(["H3", "H3"]);
    expect(html("| | b |\n|---|---|\n| 1 | 2 |").querySelectorAll("th")).toHaveLength(1);
  });

  it.each([
    ["https://a.example/x", "a.example"],
    ["HTTP://A.example", "a.example"],
    ["//a.example", undefined],
    ["javascript:1", undefined],
    ["https://", undefined],
    ["/plugins/", undefined],
  ])("follows %s: %s", (address, host) => {
    expect(hostOf(address)).toBe(host);
  });
});
