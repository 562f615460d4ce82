"use client";
// What the address says when the page opens: a link that somebody shared, or a package to begin with.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { decode, type Shared } from "@/playground/share";
import { pretty } from "./pretty";
import { usePlayground, type Given } from "./store";

/** Returns why a link could not be read, if so. */
export function useAddress(): Error | null {
  const client = useQueryClient();
  const choosePackage = usePlayground((state) => state.choosePackage);
  const [lost, setLost] = useState<Error | null>(null);
  useEffect(() => {
    let gone = false;
    const read = async () => {
      const fragment = location.hash.slice(1);
      const parameters = new URLSearchParams(location.search);
      const name = parameters.get("package");
      if (fragment === "") {
        if (name !== null && usePlayground.getState().wanted !== name) {
          await choosePackage(client, name, parameters.get("version"));
        }
        return;
      }
      const shared = await decode(fragment);
      if (gone) return;
      setLost(shared === null ? new Error("It is cut off, or comes from another version of this page.") : null);
      if (shared?.package === undefined) return;
      await choosePackage(client, shared.package.name, shared.package.version, givenBy(shared));
    };
    void read();
    const again = () => void read();
    window.addEventListener("hashchange", again);
    return () => {
      gone = true;
      window.removeEventListener("hashchange", again);
    };
  }, [client, choosePackage]);
  return lost;
}

function givenBy({ settings, source }: Shared): Given {
  const edited = source.tag === "edited";
  const text = edited && typeof source.val === "string" ? source.val : edited ? pretty(source.val) : "";
  return { settings: settings ?? {}, source: edited ? { tag: "edited", val: text } : source };
}
