// What a model is: read from its file, but for what this server sets.
import type { ReactNode } from "react";
import type { ModelDetail } from "@/api/types";
import { CopyButton } from "@/components/ui/copy-button";
import { Panel } from "@/components/ui/panel";
import { ModelStateBadge } from "@/components/model-state";
import { compact, whole } from "@/format/number";
import { text } from "@/format/quantity";
import { moment } from "@/format/time";

export function ModelFacts({ model }: { model: ModelDetail }) {
  const state = model.state.tag === "failed" ? model.state.val : undefined;
  return (
    <Panel
      title={model.name ?? model.id}
      note={model.name === undefined ? undefined : model.id}
      actions={<ModelStateBadge state={model.state} />}
    >
      {state !== undefined && <p className="mb-3 text-bad [overflow-wrap:anywhere]">{state}</p>}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-4 xl:grid-cols-6 3xl:grid-cols-8">
        <Fact name="Architecture">{model.architecture}</Fact>
        <Fact name="Parameters">{compact(model.parameters)}</Fact>
        <Fact name="File">{text(model.fileBytes, "bytes")}</Fact>
        <Fact name="Stored as">{quantization(model)}</Fact>
        <Fact name="Context here">{whole(model.contextLength)}</Fact>
        <Fact name="Trained context">{whole(model.trainedContextLength)}</Fact>
        <Fact name="Layers">{model.layers}</Fact>
        <Fact name="Width">{whole(model.width)}</Fact>
        <Fact name="Feed-forward">{whole(model.feedForward)}</Fact>
        <Fact name="Heads">{`${model.heads} of ${model.headDim}, ${model.kvHeads} of keys`}</Fact>
        <Fact name="Vocabulary">{whole(model.vocabulary)}</Fact>
        <Fact name="Tokenizer">{model.tokenizer}</Fact>
        <Fact name="Chat">{model.chatTemplate ? "has a template" : "completes only"}</Fact>
        <Fact name="Licence">{model.license ?? "not stated"}</Fact>
        <Fact name="Loaded">{moment(model.loadedAt)}</Fact>
        <Fact name="Runs on">{`${model.target.backend}, ${model.target.parallelism} threads`}</Fact>
        <div className="col-span-full flex items-center gap-2 text-xs">
          <dt className="text-ink-3">Digest</dt>
          <dd className="flex min-w-0 items-center gap-1">
            <code className="truncate text-ink-2">{model.digest}</code>
            <CopyButton text={model.digest} what="digest" />
          </dd>
        </div>
      </dl>
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd className="text-ink [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}

/** The types that hold the most bytes, with their shares when there are several. */
function quantization({ quantization: shares }: ModelDetail): string {
  const bytes = shares.reduce((total, share) => total + share.bytes, 0);
  return [...shares]
    .sort((a, b) => b.bytes - a.bytes)
    .filter((share) => share.bytes > bytes * 0.01)
    .map((share) =>
      share.bytes > bytes * 0.99 ? share.dtype : `${share.dtype} ${Math.round((share.bytes / bytes) * 100)} %`,
    )
    .join(", ");
}
