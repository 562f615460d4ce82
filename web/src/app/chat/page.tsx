// The page "Chat".
import type { Metadata } from "next";
import { Chat } from "@/features/chat/chat";

export const metadata: Metadata = { title: "Chat" };

export default function Page() {
  return <Chat />;
}
