// The page "Plugins".
import type { Metadata } from "next";
import { Plugins } from "@/features/plugins/plugins";

export const metadata: Metadata = { title: "Plugins" };

export default function Page() {
  return <Plugins />;
}
