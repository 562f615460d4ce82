// Our own icons: strokes on a grid of 16, in the colour of the text. Always beside words or inside a labelled control.
import { cx } from "@/lib/cx";

const PATHS = {
  pulse: "M1 8.5h3l2-5 3.5 9 2-4H15",
  grid: "M2 2h5v7H2zM9 2h5v4H9zM2 11h5v3H2zM9 8h5v6H9z",
  graph: "M8 1.8v2.4M8 7.2v1.6M8 11.8v2.4M5.5 4.2h5v3h-5zM5.5 8.8h5v3h-5z",
  plug: "M5.5 1.5v4M10.5 1.5v4M3.5 5.5h9v2a4.5 4.5 0 0 1-9 0zM8 12v2.5",
  box: "M2 5l6-3 6 3v6l-6 3-6-3zM2 5l6 3 6-3M8 8v6",
  flask: "M6 1.8h4M6.8 1.8v4.4L2.8 13a.8.8 0 0 0 .7 1.2h9a.8.8 0 0 0 .7-1.2l-4-6.8V1.8M4.8 10h6.4",
  chat: "M2 3h12v8H7.5L4.5 13.8V11H2z",
  menu: "M2 4h12M2 8h12M2 12h12",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  help: "M6 6a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1V10M8 12v.4M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z",
  check: "M3 8.5l3.2 3.2L13 4.8",
  cross: "M4 4l8 8M12 4l-8 8",
  warning: "M8 2L1.5 13.5h13zM8 6.5v3.2M8 11.6v.4",
  info: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM8 7.2v4M8 4.6v.4",
  dash: "M3.5 8h9",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  stop: "M4 4h8v8H4z",
  play: "M4.5 2.8v10.4L13 8z",
  send: "M8 13.5v-11M3.5 7L8 2.5 12.5 7",
  refresh: "M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3",
  copy: "M5.5 5.5h8v8h-8zM3 10.5V2.5h8",
  trash: "M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9M6.7 7v4M9.3 7v4",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  search: "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM10.7 10.7L14 14",
  chevron: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  sliders:
    "M2 4.5h7M12.5 4.5H14M2 11.5h1.5M7 11.5h7M10.7 6.3a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM5.2 13.3a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z",
  theme: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM8 1.5v13M8 5l4.5-1.7M8 8h6.5M8 11l4.5 1.7",
  bulb: "M5.5 10.5C4 9.5 3.3 8.2 3.3 6.6a4.7 4.7 0 0 1 9.4 0c0 1.6-.7 2.9-2.2 3.9v1.2h-5zM6.2 14.2h3.6",
  key: "M5 10.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM8.5 7H15M12.5 7v2.5",
  shield: "M8 1.5l5.5 2v4.2c0 3.2-2.3 5.6-5.5 6.8-3.2-1.2-5.5-3.6-5.5-6.8V3.5zM5.5 8l1.8 1.8L10.8 6.2",
  up: "M8 13V3M4 7l4-4 4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  move: "M8 1.5v13M1.5 8h13M6 3.5l2-2 2 2M6 12.5l2 2 2-2M3.5 6l-2 2 2 2M12.5 6l2 2-2 2",
  link: "M6.5 9.5l3-3M7 4.5l1.4-1.4a3.2 3.2 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.4 1.4a3.2 3.2 0 0 1-4.5-4.5L4.5 7",
  table: "M2 3h12v10H2zM2 6.5h12M2 10h12M6.5 3v10",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, className }: { name: IconName; className?: string | undefined }) {
  return (
    <svg
      viewBox="0 0 16 16"
      className={cx("size-4 shrink-0", className)}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.3"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
