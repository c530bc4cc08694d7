import { Dialog } from "./dialog.tsx";

const KEYS: readonly (readonly [keys: string, text: string])[] = [
  ["1 … 9, 0", "Views, from Story to Live"],
  ["/", "Filter"],
  ["[ ]", "Previous and next finding"],
  ["c", "Confirm the selected finding"],
  ["x", "Dismiss it, with a reason"],
  ["n", "Note on what is selected"],
  ["i", "Inspector shown or hidden"],
  ["Ctrl+Z", "Take back the last narrowing"],
  ["Ctrl+Shift+Z", "Narrow again"],
  ["Ctrl+K", "Command palette"],
  ["← → + −", "Timeline: pan and zoom (when it has the focus)"],
  ["Menu, Shift+F10", "What can be done with what has the focus (right click)"],
  ["?", "This sheet"],
  ["Esc", "Close; leave the filter"],
];

export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Shortcuts" onClose={onClose}>
      <h2>Shortcuts</h2>
      <dl className="shortcuts">
        {KEYS.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <button autoFocus onClick={onClose}>
        Close
      </button>
    </Dialog>
  );
}
