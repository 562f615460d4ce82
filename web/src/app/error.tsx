"use client";
// What a page shows when it broke: a fault of ours, said as such, with a way on. The shell around it stays.
import { useEffect } from "react";
import { PageHeader } from "@/components/ui/page-header";
import { ErrorState } from "@/components/ui/states";

export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  useEffect(() => {
    document.getElementById("main")?.focus();
  }, []);
  return (
    <>
      <PageHeader title="This page broke" about="That is a fault of the front end, not of the server or of a plugin." />
      <ErrorState title="What happened" error={error} retry={reset} />
    </>
  );
}
