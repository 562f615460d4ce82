// The page "Board".
import type { Metadata } from "next";
import { Board } from "@/features/board/board";

export const metadata: Metadata = { title: "Board" };

export default function Page() {
  return <Board />;
}
