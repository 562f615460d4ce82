"use client";
// The marketplace: a search, or one package. The address says which.
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { Suspense } from "react";
import { Loading } from "@/components/ui/states";
import { PackagePage } from "./package-page";
import type { Wanted } from "./queries";
import { Search } from "./search";

export function Marketplace() {
  return (
    <Suspense fallback={<Loading label="Loading the marketplace" lines={6} />}>
      <ByAddress />
    </Suspense>
  );
}

function ByAddress() {
  const parameters = useSearchParams();
  const path = usePathname();
  const router = useRouter();
  const name = parameters.get("package");
  if (name !== null) return <PackagePage name={name} />;
  const text = (key: string) => parameters.get(key) ?? "";
  const offset = Number.parseInt(text("offset"), 10);
  const wanted: Wanted = {
    text: text("text"),
    kind: text("kind"),
    publisher: text("publisher"),
    offset: Number.isFinite(offset) && offset > 0 ? offset : 0,
  };
  const want = (changed: Wanted) => {
    const said = Object.entries(changed).filter(([, value]) => value !== "" && value !== 0);
    const query = new URLSearchParams(said.map(([key, value]) => [key, String(value)])).toString();
    router.replace(query === "" ? path : `${path}?${query}`, { scroll: false });
  };
  return <Search wanted={wanted} onWant={want} />;
}
