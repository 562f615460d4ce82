// The page "Overview".
import { Overview } from "@/features/overview/overview";

export default function Page() {
  return <Overview />;
}
