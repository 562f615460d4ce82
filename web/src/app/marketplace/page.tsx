// The page "Marketplace".
import type { Metadata } from "next";
import { Marketplace } from "@/features/marketplace/marketplace";

export const metadata: Metadata = { title: "Marketplace" };

export default function Page() {
  return <Marketplace />;
}
