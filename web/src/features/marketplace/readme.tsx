"use client";
// A README, drawn with our own elements from the tree of its Markdown. It is a stranger's text: HTML in it is shown as
// text, images are only named, and a link says where it leads and goes nowhere but to http and https.
import type { Heading, Nodes, PhrasingContent, Root, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmTable } from "micromark-extension-gfm-table";
import { Fragment, useMemo, type ReactNode } from "react";

/** The longest README that is drawn; the registry keeps no longer ones. */
const LONGEST = 256 * 1024;

export function Readme({ text }: { text: string }) {
  const tree = useMemo(() => read(text), [text]);
  return (
    <div className="flex max-w-3xl flex-col gap-3 text-ink-2 [overflow-wrap:anywhere]">{blocks(tree.children)}</div>
  );
}

function read(text: string): Root {
  const tree = fromMarkdown(text.slice(0, LONGEST), {
    extensions: [gfmTable()],
    mdastExtensions: [gfmTableFromMarkdown()],
  });
  // Two levels, wherever its writer began to count: who hears headings only must not miss one between.
  const headings = headingsIn(tree);
  const top = Math.min(...headings.map(({ depth }) => depth));
  headings.forEach((heading, at) => {
    heading.depth = at === 0 || heading.depth === top ? 1 : 2;
  });
  return tree;
}

function headingsIn(node: Nodes): Heading[] {
  if (node.type === "heading") return [node];
  return "children" in node ? node.children.flatMap(headingsIn) : [];
}

function blocks(nodes: RootContent[]): ReactNode {
  return nodes.map((node, at) => <Fragment key={at}>{block(node)}</Fragment>);
}

function block(node: RootContent): ReactNode {
  switch (node.type) {
    case "heading": {
      // The page has its h1 and the panel its h2.
      const Level = node.depth === 1 ? "h3" : "h4";
      return <Level className="mt-1 text-base font-semibold text-ink">{phrases(node.children)}</Level>;
    }
    case "paragraph":
      return <p>{phrases(node.children)}</p>;
    case "code":
      return (
        <pre
          // A region that scrolls must be reachable by keyboard.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- see above
          tabIndex={0}
          className="overflow-x-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs text-ink"
        >
          {node.value}
        </pre>
      );
    case "blockquote":
      return <blockquote className="border-l-2 border-line-strong pl-3">{blocks(node.children)}</blockquote>;
    case "list": {
      const items = node.children.map((item, at) => <li key={at}>{blocks(item.children)}</li>);
      return node.ordered === true ? (
        <ol className="list-decimal pl-6">{items}</ol>
      ) : (
        <ul className="list-disc pl-6">{items}</ul>
      );
    }
    case "table":
      return <ReadmeTable rows={node.children.map((row) => row.children.map((cell) => cell.children))} />;
    case "thematicBreak":
      return <hr className="border-line" />;
    case "html":
      return <p className="font-mono text-xs">{node.value}</p>;
    default:
      return null;
  }
}

function ReadmeTable({ rows: [head = [], ...body] }: { rows: PhrasingContent[][][] }) {
  return (
    // What scrolls must be reachable by keyboard. No region: a README may have many tables.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="overflow-x-auto" role="group" aria-label="Table" tabIndex={0}>
      <table className="text-sm">
        <thead>
          <tr>
            {head.map((cell, at) =>
              // A corner without words heads nothing.
              cell.length === 0 ? (
                <td key={at} className="border-b border-line-strong" />
              ) : (
                <th
                  key={at}
                  scope="col"
                  className="border-b border-line-strong py-1 pr-4 text-left font-medium text-ink"
                >
                  {phrases(cell)}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {body.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column} className="border-b border-line py-1 pr-4 align-top">
                  {phrases(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function phrases(nodes: PhrasingContent[]): ReactNode {
  return nodes.map((node, at) => <Fragment key={at}>{phrase(node)}</Fragment>);
}

function phrase(node: PhrasingContent): ReactNode {
  switch (node.type) {
    case "text":
      return node.value;
    case "emphasis":
      return <em>{phrases(node.children)}</em>;
    case "strong":
      return <strong className="text-ink">{phrases(node.children)}</strong>;
    case "inlineCode":
      return <code className="rounded-sm bg-sunken px-1 text-ink">{node.value}</code>;
    case "break":
      return <br />;
    case "link":
      return <Away to={node.url}>{phrases(node.children)}</Away>;
    case "image":
      return <span>[image{typeof node.alt === "string" && node.alt !== "" && `: ${node.alt}`}]</span>;
    case "html":
      return node.value;
    default:
      return null;
  }
}

/** A link out of here, with the host that it really leads to. */
function Away({ to, children }: { to: string; children: ReactNode }) {
  const host = hostOf(to);
  if (host === undefined) return <span>{children}</span>;
  return (
    <>
      <a href={to} target="_blank" rel="noopener noreferrer nofollow" className="text-accent underline">
        {children}
      </a>{" "}
      <span className="text-xs text-ink-3">({host})</span>
    </>
  );
}

/** The host of an address that may be followed; undefined for any other. */
export function hostOf(address: string): string | undefined {
  if (!/^https?:\/\//i.test(address)) return undefined;
  try {
    return new URL(address).host;
  } catch {
    return undefined;
  }
}
