import type { ReactNode } from "react";

interface Props {
  readonly title: string;
  readonly text?: string;
  /** True while something is waited for: it is said quietly, and only after a moment, as most waits are over by then. */
  readonly isBusy?: boolean;
  readonly children?: ReactNode;
}

/** A state that is no content: loading, empty, failed. Says what is missing, why, and with `children` the next step. */
export function Message({ title, text, isBusy = text === undefined, children }: Props) {
  return (
    <div className={isBusy ? "message busy" : "message"} role={isBusy ? "status" : "alert"}>
      <h2>{title}</h2>
      {isBusy && <progress aria-label={title} />}
      {text !== undefined && <p>{text}</p>}
      {children}
    </div>
  );
}
