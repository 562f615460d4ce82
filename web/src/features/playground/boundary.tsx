"use client";
// What cannot be drawn is said instead; the page around it stays. A component's worker is believed no more than the
// component, and what it says is not ours to trust with the page.
import { Component, type ReactNode } from "react";
import { ErrorState } from "@/components/ui/states";

interface State {
  error: Error | null;
}

export class Boundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render() {
    const { error } = this.state;
    return error === null ? this.props.children : <ErrorState title="The output cannot be drawn" error={error} />;
  }
}
