// How fast an answer came. It says whose clock and whose count it is.
import { significant } from "@/format/number";
import { text } from "@/format/quantity";
import type { Speed } from "./speed";

export function SpeedLine({ speed, growing }: { speed: Speed; growing: boolean }) {
  if (speed.firstToken === null) return null;
  const tokens = `${speed.tokens.toLocaleString("en")} ${speed.tokens === 1 ? "token" : "tokens"}`;
  return (
    <dl className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 text-xs text-ink-2 [&_dt]:inline [&_dt]:text-ink-3 [&_dd]:inline">
      <div>
        <dt>first token </dt>
        <dd className="font-medium text-ink">{text(speed.firstToken, "seconds")}</dd>
      </div>
      {speed.tokensPerSecond !== null && (
        <div>
          <dt>then </dt>
          <dd className="font-medium text-ink">{significant(speed.tokensPerSecond)} tokens/s</dd>
        </div>
      )}
      <div>
        <dt className="sr-only">length </dt>
        <dd>{speed.counted ? tokens : `about ${tokens}`}</dd>
      </div>
      <div className="text-ink-3">
        <dt className="sr-only">how it is known </dt>
        <dd title={HOW}>measured in this browser{!speed.counted && !growing && ", tokens estimated by pieces"}</dd>
      </div>
    </dl>
  );
}

const HOW =
  "By this browser's clock, so with the network. Tokens are counted by the server at the end; until then, and when an answer is stopped, each piece of the stream is taken for one.";
