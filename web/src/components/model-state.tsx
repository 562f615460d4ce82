// Whether a model takes requests, as a badge.
import type { ModelDetail } from "@/api/types";
import { Badge } from "@/components/ui/badge";

export function ModelStateBadge({ state }: { state: ModelDetail["state"] }) {
  switch (state.tag) {
    case "ready":
      return <Badge tone="good">Ready</Badge>;
    case "draining":
      return <Badge tone="warn">Draining</Badge>;
    case "stopped":
      return <Badge icon="stop">Stopped</Badge>;
    case "failed":
      return (
        <span title={state.val}>
          <Badge tone="bad">Failed</Badge>
        </span>
      );
  }
}
