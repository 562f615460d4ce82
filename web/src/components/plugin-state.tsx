// Whether a plugin runs, as a badge, and in words for those who ask.
import type { PluginState } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { span } from "@/format/time";

export function PluginStateBadge({ state }: { state: PluginState }) {
  switch (state.tag) {
    case "active":
      return <Badge tone="good">Active</Badge>;
    case "disabled":
      return <Badge icon="pause">Disabled</Badge>;
    case "suspended":
      return <Badge tone="warn">Suspended</Badge>;
    case "quarantined":
      return <Badge tone="bad">Quarantined</Badge>;
    case "refused":
      return <Badge tone="bad">Refused</Badge>;
  }
}

/** Why it is in its state and what can be done; nothing for one that is well. */
export function stateReason(state: PluginState): string | null {
  switch (state.tag) {
    case "active":
      return null;
    case "disabled":
      return "Switched off here.";
    case "suspended": {
      const rest = `Broke too often and rests for ${span(Math.ceil(state.val.retryAfterMs / 1000))}.`;
      return state.val.reason ? `${rest} Last: ${state.val.reason}` : rest;
    }
    case "quarantined":
      return `Went on breaking, and rests until it is enabled again. Last: ${state.val}`;
    case "refused":
      return state.val;
  }
}
