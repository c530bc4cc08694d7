import type { ReactNode } from "react";

/** A state that is no content: loading, empty, failed. Says what is missing, why, and with `children` the next step. */
export function Message({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <div className="message" role={text === undefined ? "status" : "alert"}>
      <h2>{title}</h2>
      {text !== undefined && <p>{text}</p>}
      {children}
    </div>
  );
}
