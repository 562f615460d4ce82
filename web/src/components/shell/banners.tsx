"use client";
// What every page must say: that plugins are trusted by a development policy, and that values are not live.
import { useQuery } from "@tanstack/react-query";
import { system } from "@/api/queries";
import { Icon } from "@/components/ui/icon";
import { span } from "@/format/time";
import { useNow } from "@/lib/use-now";
import { useLive } from "@/live";

export function Banners() {
  const { data } = useQuery(system);
  return (
    <>
      {data?.development !== undefined && data.development !== null && (
        <div className="flex items-start gap-2 border-b border-warn bg-warn-soft px-4 py-1.5 text-xs text-ink">
          <Icon name="warning" className="mt-0.5 size-3.5 text-warn" />
          <p className="min-w-0 [overflow-wrap:anywhere]">
            <strong className="font-semibold text-warn">Development mode:</strong> {said(data.development)}. Do not
            serve others like this.
          </p>
        </div>
      )}
      <Stale />
    </>
  );
}

/** The policy in its own words; it begins with the name of the mode, which is already there. */
function said(policy: string): string {
  return policy.replace(/^DEVELOPMENT:\s*/, "");
}

function Stale() {
  const connection = useLive((state) => state.connection);
  const heardAt = useLive((state) => state.heardAt);
  const now = useNow();
  if (connection.state !== "offline") return null;
  return (
    <div role="alert" className="flex items-start gap-2 border-b border-bad bg-bad-soft px-4 py-1.5 text-xs text-ink">
      <Icon name="cross" className="mt-0.5 size-3.5 text-bad" />
      <p>
        <strong className="font-semibold text-bad">The server does not answer.</strong>{" "}
        {heardAt > 0 ? `What you see is ${span((now - heardAt) / 1000)} old. ` : ""}
        The connection is tried every few seconds; start the server with <code>inferno serve</code>.
      </p>
    </div>
  );
}
