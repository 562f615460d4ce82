// The mark: a flame as three stacked signal bars.
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 20 20" className={className} aria-hidden="true">
      <path
        d="M10 1.5c.6 3.2 5.6 5.2 5.6 10.4a5.6 5.6 0 0 1-11.2 0c0-2.6 1.4-4 2.3-5.6.5 1 .9 1.6 1.7 2.1C8.2 5.8 8.6 3.4 10 1.5z"
        fill="var(--accent)"
      />
      <path d="M7.4 12.6h5.2M8 15h4" stroke="var(--ground)" strokeWidth="1.3" strokeLinecap="round" />
    </svg>
  );
}
