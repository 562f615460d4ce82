"use client";
// The same bytes on the same input, run by the server: both outputs are the same JSON, or here is where they differ.
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { ErrorState, Loading } from "@/components/ui/states";
import { usePlayground, type ServerRun } from "./store";

export function ServerPanel() {
  const { chosen, run, server, startOnServer } = usePlayground();
  if (chosen.tag !== "ready" || run.tag === "idle") return null;
  const signed = chosen.subject.origin.tag === "registry";
  return (
    <Panel
      title="Here and on the server"
      actions={
        <Button
          size="small"
          icon="refresh"
          disabled={!signed || run.tag !== "done" || server.tag === "running"}
          onClick={() => void startOnServer()}
        >
          Run on the server too
        </Button>
      }
    >
      <div aria-live="polite" className="flex flex-col gap-3">
        {signed ? (
          server.tag === "idle" && <p className="text-ink-2">The server can run the same bytes on the same input.</p>
        ) : (
          <p className="text-ink-2">A server runs nothing that is not signed, so it does not run this file.</p>
        )}
        {server.tag === "running" && <Loading label="The server runs it" lines={1} />}
        {server.tag === "failed" && <ErrorState title="The server did not run it" error={server.error} />}
        {server.tag === "done" && <Result result={server} hereMs={run.tag === "done" ? run.outcome.timings.call : 0} />}
      </div>
    </Panel>
  );
}

function Result({ result, hereMs }: { result: ServerRun & { tag: "done" }; hereMs: number }) {
  const { differences, digest, elapsedMs } = result;
  return (
    <>
      <p className="flex flex-wrap items-center gap-2 text-ink">
        {differences.length === 0 ? (
          <>
            <Badge tone="good">Equal</Badge> Both made the same output of the same bytes.
          </>
        ) : (
          <>
            <Badge tone="bad">Different</Badge> The outputs differ in {differences.length}{" "}
            {differences.length === 1 ? "place" : "places"}
            {differences.length === 100 && " or more"}.
          </>
        )}
      </p>
      <p className="text-xs text-ink-3 [overflow-wrap:anywhere]">
        {elapsedMs.toFixed(1)} ms there, {hereMs.toFixed(1)} ms here. The server ran <code>{digest}</code>.
      </p>
      {differences.length > 0 && (
        <div
          role="region"
          aria-label="Where the outputs differ"
          // It scrolls, so it takes the focus: arrow keys move it.

          tabIndex={0}
          className="max-h-80 overflow-auto"
        >
          <table className="w-full text-xs">
            <thead>
              <tr className="border-b border-line-strong text-left text-ink-2">
                {["where", "in this browser", "on the server"].map((title) => (
                  <th key={title} scope="col" className="px-1 py-1 font-medium">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="font-mono">
              {differences.map(({ path, here, there }) => (
                <tr key={path} className="border-b border-line align-top text-ink">
                  <td className="px-1 py-1">{path === "" ? "the whole" : path}</td>
                  <td className="px-1 py-1 [overflow-wrap:anywhere]">{here}</td>
                  <td className="px-1 py-1 [overflow-wrap:anywhere]">{there}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
