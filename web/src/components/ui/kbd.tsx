// A key of the keyboard.
export function Kbd({ children }: { children: string }) {
  return (
    <kbd className="inline-flex min-w-5 justify-center rounded-sm border border-line-strong bg-raised px-1 text-2xs text-ink">
      {children}
    </kbd>
  );
}
