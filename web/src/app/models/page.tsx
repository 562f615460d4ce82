// The page "Models".
import type { Metadata } from "next";
import { PageHeader } from "@/components/ui/page-header";

export const metadata: Metadata = { title: "Models" };

export default function Page() {
  return <PageHeader title="Models" />;
}
