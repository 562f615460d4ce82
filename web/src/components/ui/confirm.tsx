"use client";
// A question before something that cannot be undone. The safe answer has the focus.
import type { ReactNode } from "react";
import { Button } from "./button";
import { Dialog } from "./dialog";

interface Props {
  open: boolean;
  title: string;
  /** What will happen, and what will not come back. */
  children: ReactNode;
  confirm: string;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm({ open, title, children, confirm, busy = false, onConfirm, onClose }: Props) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button data-autofocus onClick={onClose}>
            Cancel
          </Button>
          <Button kind="danger" disabled={busy} onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-2 text-ink-2">{children}</div>
    </Dialog>
  );
}
