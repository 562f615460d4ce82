// The page "Plugins".
import type { Metadata } from "next";
import { PageHeader } from "@/components/ui/page-header";

export const metadata: Metadata = { title: "Plugins" };

export default function Page() {
  return <PageHeader title="Plugins" />;
}
