"use client";
// Makes a link of what is tried: the package, the settings, and where the data comes from. It is all in the fragment,
// which browsers send to nobody.
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { encode, TooLargeToShare, type Shared } from "@/playground/share";
import type { Source } from "./input";
import { usePlayground } from "./store";

export function Share() {
  const { chosen, source, settings } = usePlayground();
  const [said, setSaid] = useState("");
  const share = async () => {
    if (chosen.tag !== "ready" || source === null) return;
    const { origin } = chosen.subject;
    if (origin.tag === "file") {
      setSaid("A link cannot carry a file. Publish the component, and share it from the marketplace.");
      return;
    }
    const { name, version } = origin;
    try {
      const fragment = await encode({ package: { name, version }, settings, source: sharedSource(source) });
      history.replaceState(null, "", `${location.pathname}#${fragment}`);
      await navigator.clipboard.writeText(location.href);
      setSaid("The link is copied, and stands in the address bar.");
    } catch (error) {
      setSaid(error instanceof TooLargeToShare ? error.message : "The link stands in the address bar.");
    }
  };
  return (
    <>
      <p role="status" className="max-w-md text-xs text-ink-2">
        {said}
      </p>
      <Button icon="link" disabled={chosen.tag !== "ready"} onClick={() => void share()}>
        Share as a link
      </Button>
    </>
  );
}

/** Data that somebody wrote travels as data, not as text in text. */
function sharedSource(source: Source): Shared["source"] {
  if (source.tag !== "edited") return source;
  try {
    return { tag: "edited", val: JSON.parse(source.val) as unknown };
  } catch {
    return { tag: "edited", val: source.val };
  }
}
