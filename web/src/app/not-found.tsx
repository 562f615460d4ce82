// What an address without a page shows. Our own, because the one of the framework carries inline styles.
import Link from "next/link";
import { EmptyState } from "@/components/ui/states";

export default function NotFound() {
  return (
    <EmptyState title="There is no such page" icon="search">
      <p>
        The address may be old.{" "}
        <Link href="/" className="text-accent underline">
          Go to the overview
        </Link>
        .
      </p>
    </EmptyState>
  );
}
