// What the overview shows before it ever heard a value, when the server does not answer.
import { EmptyState } from "@/components/ui/states";

export function Waiting() {
  return (
    <EmptyState title="No live values yet" icon="pulse">
      <p>
        The socket to the server is not open. It is tried again every few seconds; when the server is up, values appear
        here by themselves.
      </p>
    </EmptyState>
  );
}
