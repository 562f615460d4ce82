"use client";
// What every pass did to a model, why it was let or not, and what it gained or cost, measured on this machine.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { optimization } from "@/api/queries";
import type { OptimizationReport } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Panel } from "@/components/ui/panel";
import { EmptyState, ErrorState, Loading } from "@/components/ui/states";
import { PassItem } from "./pass-item";

export function OptimizationPanel({ model }: { model: string }) {
  const report = useQuery(optimization(model));
  return (
    <Panel title="Optimization" note="what each pass did, in order" flush>
      {report.isPending && (
        <div className="p-3.5">
          <Loading label="Loading the optimization report" lines={5} />
        </div>
      )}
      {report.isError && (
        <div className="p-3.5">
          <ErrorState title="The report could not be read" error={report.error} retry={() => void report.refetch()} />
        </div>
      )}
      {report.data !== undefined && <Report report={report.data} />}
    </Panel>
  );
}

function Report({ report }: { report: OptimizationReport }) {
  const { passes, refusedComponents } = report;
  return (
    <>
      <p className="border-b border-line px-3.5 py-2 text-xs text-ink-2">
        {report.nodesBefore} ops became {report.nodesAfter}, for {report.target}. Trust: {report.policy}.{" "}
        {report.cached && "The verdicts were measured at an earlier start with the same model, passes and target."}
      </p>
      {passes.length + refusedComponents.length === 0 && (
        <div className="p-3.5">
          <EmptyState title="No pass is installed" icon="plug">
            <p>
              The model runs as its file says.{" "}
              <Link href="/marketplace/?kind=optimization-pass" prefetch={false} className="text-accent underline">
                Find passes in the marketplace
              </Link>
              ; they run when the model is loaded again.
            </p>
          </EmptyState>
        </div>
      )}
      <ol>
        {passes.map((pass) => (
          <PassItem key={`${pass.name} ${pass.version}`} pass={pass} />
        ))}
      </ol>
      {refusedComponents.length > 0 && (
        <ul className="border-t border-line">
          {refusedComponents.map((refused) => (
            <li key={refused.folder} className="flex flex-col gap-1 border-b border-line px-3.5 py-2.5 last:border-0">
              <p className="flex flex-wrap items-center gap-2">
                <Badge tone="bad">Refused before it ran</Badge>
                <code className="text-ink">{refused.folder}</code>
              </p>
              <p className="text-ink-2 [overflow-wrap:anywhere]">{refused.reason}</p>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
