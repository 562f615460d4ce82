"use client";
// Dialogs: a modal in the middle or a drawer at the side. Focus stays inside, Escape closes, focus goes back.
// A closed dialog is not rendered at all: the library would put a style attribute into the export.
import { Dialog as Modal, DialogPanel, DialogTitle } from "@headlessui/react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { Button } from "./button";

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  /** `drawer` fills the right side. */
  place?: "middle" | "drawer";
  wide?: boolean;
  children: ReactNode;
  /** Buttons at the end. */
  actions?: ReactNode;
}

export function Dialog({ open, ...props }: Props) {
  return open ? <OpenDialog {...props} /> : null;
}

const PLACES = {
  middle: "m-auto max-h-[calc(100dvh-2rem)] w-full rounded-lg border",
  drawer: "ml-auto h-dvh w-80 max-w-[88vw] border-l",
};

function OpenDialog({ onClose, title, place = "middle", wide = false, children, actions }: Omit<Props, "open">) {
  return (
    <Modal open onClose={onClose} className="fixed inset-0 z-40">
      <div className="fixed inset-0 bg-black/60" aria-hidden="true" />
      <div className={cx("fixed inset-0 flex overflow-y-auto", place === "middle" && "p-4")}>
        <DialogPanel
          className={cx(
            "flex flex-col gap-4 border-line-strong bg-panel p-4 shadow-2xl",
            PLACES[place],
            place === "middle" && (wide ? "max-w-4xl" : "max-w-lg"),
          )}
        >
          <div className="flex items-start gap-3">
            <DialogTitle className="grow text-lg font-semibold text-ink">{title}</DialogTitle>
            <Button kind="quiet" size="small" icon="close" label="Close" onClick={onClose} />
          </div>
          <div className="min-h-0 grow overflow-y-auto">{children}</div>
          {actions !== undefined && <div className="flex flex-wrap justify-end gap-2">{actions}</div>}
        </DialogPanel>
      </div>
    </Modal>
  );
}
