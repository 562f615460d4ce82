"use client";
// The settings of one tile, as the form that its widget's schema asks for.
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { fieldsOf, valuesOf, type Settings } from "@/features/settings/schema";
import { allFit, SettingsFields } from "@/features/settings/settings-fields";
import type { BoardItem, WidgetInfo } from "./queries";
import { nameOf } from "./tile";

interface Props {
  item: BoardItem;
  widget: WidgetInfo;
  onSave: (settings: Settings) => void;
  onClose: () => void;
}

export function Configure({ item, widget, onSave, onClose }: Props) {
  const fields = fieldsOf(widget.schema);
  const [values, setValues] = useState<Settings>(() => valuesOf(fields, item.settings ?? {}));
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Settings of ${nameOf(item)}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={!allFit(fields, values)} onClick={() => onSave(values)}>
            Save
          </Button>
        </>
      }
    >
      <SettingsFields fields={fields} values={values} onChange={setValues} />
    </Dialog>
  );
}
