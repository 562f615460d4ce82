// Form controls with their label, hint and error, tied together for screen readers. They take react-hook-form's
// `register(…)` as well as value and onChange.
import {
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from "react";
import { cx } from "@/lib/cx";

interface Common {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
}

const BOX =
  "w-full rounded-md border border-line-strong bg-sunken px-2.5 text-sm text-ink placeholder:text-ink-3 placeholder:italic disabled:text-ink-3 aria-[invalid=true]:border-bad";

function Frame({ id, label, hint, error, children }: Common & { id: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-xs font-medium text-ink-2">
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-xs text-ink-3">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} role="alert" className="text-xs text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

function described(id: string, hint: ReactNode, error: string | undefined) {
  const ids = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(" ");
  return { id, "aria-describedby": ids === "" ? undefined : ids, "aria-invalid": error !== undefined };
}

export function Input({ label, hint, error, className, ...rest }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <input {...rest} {...described(id, hint, error)} className={cx(BOX, "h-8", className)} />
    </Frame>
  );
}

export function Select({
  label,
  hint,
  error,
  className,
  children,
  ...rest
}: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <select {...rest} {...described(id, hint, error)} className={cx(BOX, "h-8 pr-1", className)}>
        {children}
      </select>
    </Frame>
  );
}

export function Textarea({
  label,
  hint,
  error,
  className,
  ...rest
}: Common & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <textarea {...rest} {...described(id, hint, error)} className={cx(BOX, "py-1.5", className)} />
    </Frame>
  );
}

export function Checkbox({ label, hint, error, ...rest }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <input {...rest} {...described(id, hint, error)} type="checkbox" className="mt-0.5 size-4 accent-accent" />
      <div>
        <label htmlFor={id} className="text-sm text-ink">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-xs text-ink-3">
            {hint}
          </p>
        )}
        {error !== undefined && (
          <p id={`${id}-error`} role="alert" className="text-xs text-bad">
            {error}
          </p>
        )}
      </div>
    </div>
  );
}
