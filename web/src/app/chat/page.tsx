// The page "Chat".
import type { Metadata } from "next";
import { PageHeader } from "@/components/ui/page-header";

export const metadata: Metadata = { title: "Chat" };

export default function Page() {
  return <PageHeader title="Chat" />;
}
