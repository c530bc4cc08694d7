import type { ReactNode } from "react";
import { Component } from "react";
import { visible } from "../../core/contracts/text-forms.ts";
import { Message } from "./message.tsx";

interface Props {
  /** What is drawn here, as a person calls it. */
  readonly what: string;
  readonly children: ReactNode;
}

/** Keeps a fault of the program in one part of the window there: the rest goes on, and the part can be drawn again. */
export class Fault extends Component<Props, { readonly message: string | null }> {
  override state: { readonly message: string | null } = { message: null };

  static getDerivedStateFromError(error: unknown): { message: string } {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { message } = this.state;
    if (message === null) return this.props.children;
    return (
      <Message
        title={`${this.props.what} cannot be drawn`}
        text={`A fault in Backtrail itself (${visible(message)}). Nothing of the case is lost: draw it again, or go on in another view.`}
      >
        <button onClick={() => this.setState({ message: null })}>Draw it again</button>
      </Message>
    );
  }
}
