import type { ReactNode } from "react";
import { useEffect, useRef } from "react";

/** A dialog over the window; Escape and a press beside it close it, and the focus goes back to where it was. */
export function Dialog({ label, children, onClose }: { label: string; children: ReactNode; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const node = dialog.current!;
    node.showModal();
    return () => node.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="inside">{children}</div>
    </dialog>
  );
}
