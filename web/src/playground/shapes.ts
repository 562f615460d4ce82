// The shapes of what a component is given, for data that somebody wrote, shared or recorded. What is wrong is said with
// the path to it.
import { z } from "@/lib/zod";
import type { Frame, Graph, Query, Target } from "@/api/types";

const UNIT = z.enum(["none", "count", "tokens", "requests", "seconds", "bytes", "ratio", "per-second"]);
const PROVENANCE = z.enum(["measured", "estimated", "unavailable"]);
const U32 = z.int().min(0).max(4_294_967_295);

export const FRAME: z.ZodType<Frame> = z
  .strictObject({
    metric: z.string(),
    unit: UNIT,
    provenance: PROVENANCE,
    times: z.array(z.number()),
    series: z.array(
      z.strictObject({
        labels: z.array(z.strictObject({ name: z.string(), value: z.string() })),
        values: z.array(z.number().nullable()),
      }),
    ),
  })
  .refine(({ times, series }) => series.every(({ values }) => values.length === times.length), {
    error: "every series needs as many values as the frame has times",
  });

export const QUERY: z.ZodType<Query> = z.strictObject({
  metric: z.string(),
  aggregate: z.enum(["last", "mean", "max", "rate", "increase"]),
  windowSeconds: U32,
  stepSeconds: U32,
});

export const TARGET: z.ZodType<Target> = z.strictObject({
  backend: z.string(),
  device: z.string(),
  features: z.array(z.string()),
  parallelism: U32,
});

const NORM = z.strictObject({ weight: z.string(), eps: z.number() });
const SCALING = z.discriminatedUnion("tag", [
  z.strictObject({ tag: z.literal("none") }),
  z.strictObject({ tag: z.literal("linear"), val: z.number() }),
  z.strictObject({ tag: z.literal("factors"), val: z.string() }),
  z.strictObject({ tag: z.literal("yarn"), val: z.strictObject({ factor: z.number(), originalContext: U32 }) }),
]);
const ROPE = z.strictObject({
  heads: U32,
  headDim: U32,
  rotaryDim: U32,
  base: z.number(),
  style: z.enum(["interleaved", "halves"]),
  scaling: SCALING,
});
const ATTENTION = z.strictObject({
  layer: U32,
  heads: U32,
  kvHeads: U32,
  headDim: U32,
  scale: z.number(),
  window: U32.nullish(),
});

const plain = <Tag extends string>(tag: Tag) => z.strictObject({ tag: z.literal(tag) });
const OP = z.discriminatedUnion("tag", [
  z.strictObject({ tag: z.literal("embedding"), val: z.string() }),
  z.strictObject({
    tag: z.literal("matmul"),
    val: z.strictObject({ weights: z.array(z.string()), biases: z.array(z.string()) }),
  }),
  z.strictObject({ tag: z.literal("rms-norm"), val: NORM }),
  z.strictObject({ tag: z.literal("rope"), val: ROPE }),
  z.strictObject({ tag: z.literal("attention"), val: ATTENTION }),
  plain("silu"),
  plain("mul"),
  plain("add"),
  z.strictObject({ tag: z.literal("scale"), val: z.number() }),
  plain("identity"),
  z.strictObject({ tag: z.literal("slice"), val: z.strictObject({ start: U32, len: U32 }) }),
  plain("select-rows"),
  z.strictObject({ tag: z.literal("gated-matmul"), val: z.strictObject({ gate: z.string(), up: z.string() }) }),
  z.strictObject({ tag: z.literal("add-rms-norm"), val: NORM }),
]);

export const GRAPH: z.ZodType<Graph> = z.strictObject({
  contextLength: U32,
  weights: z.array(
    z.strictObject({
      name: z.string(),
      dtype: z.enum(["float32", "float16", "bfloat16", "q4x0", "q4x1", "q5x0", "q5x1", "q8x0", "q4k", "q5k", "q6k"]),
      rows: U32,
      cols: U32,
    }),
  ),
  values: z.array(
    z.strictObject({ elem: z.enum(["float32", "uint32"]), lead: z.enum(["tokens", "rows"]), width: U32 }),
  ),
  nodes: z.array(z.strictObject({ op: OP, inputs: z.array(U32), outputs: z.array(U32) })),
  logits: U32,
});

/** What is wrong with data, as `path: words`; the first few problems. */
export function problemsOf(error: z.ZodError): string {
  const shown = error.issues.slice(0, 5).map(({ path, message }) => {
    const place = path.reduce<string>((text, key) => {
      return typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`;
    }, "");
    return place === "" ? message : `${place}: ${message}`;
  });
  const more = error.issues.length - shown.length;
  return shown.join("\n") + (more > 0 ? `\nand ${more} more` : "");
}
