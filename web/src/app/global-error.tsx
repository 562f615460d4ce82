"use client";
// What is shown when even the shell broke. Our own, because the one of the framework carries inline styles.
import "./globals.css";

export default function GlobalError({ error }: { error: Error }) {
  return (
    <html lang="en" data-theme="dark">
      <body>
        <main className="mx-auto flex max-w-2xl flex-col gap-2 p-6">
          <h1 className="text-xl font-semibold">The front end broke</h1>
          <p className="text-ink-2">{error.message}</p>
          <p>
            {/* A full load: what is broken lives in this page. */}
            <a href="." className="text-accent underline">
              Load the page again
            </a>
          </p>
        </main>
      </body>
    </html>
  );
}
