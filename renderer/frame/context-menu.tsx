import { useEffect, useRef } from "react";
import { wireText } from "../wire.tsx";

/** One line of a menu. */
export interface MenuItem {
  readonly label: string;
  readonly detail?: string;
  /** Draws a bar of that share of the width behind the label. */
  readonly share?: number;
  readonly run: () => void;
}

/** A menu at a place of the window. */
export interface Menu {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly items: readonly MenuItem[];
}

const WIDTH = 280;
const TALLEST = 490;

interface Props {
  readonly menu: Menu;
  /** Lines that come later, under a heading of their own. */
  readonly more?: { readonly label: string; readonly items: readonly MenuItem[] };
  readonly onClose: () => void;
}

/** A menu at the pointer or at what has the focus; arrow keys walk, Escape closes, and the focus goes back to where it was. */
export function ContextMenu({ menu, more, onClose }: Props) {
  const node = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = node.current!;
    const before = document.activeElement;
    box.style.left = `${Math.max(4, Math.min(menu.x, window.innerWidth - WIDTH - 8))}px`;
    box.style.top = `${Math.max(4, Math.min(menu.y, window.innerHeight - TALLEST))}px`;
    box.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const onPress = (event: PointerEvent) => !box.contains(event.target as Node) && onClose();
    document.addEventListener("pointerdown", onPress);
    return () => {
      document.removeEventListener("pointerdown", onPress);
      const isElsewhere = document.activeElement !== document.body && !box.contains(document.activeElement);
      if (!isElsewhere && before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [menu, onClose]);
  const line = ({ label, detail, share, run }: MenuItem) => (
    <button
      key={label}
      role="menuitem"
      onClick={() => {
        onClose();
        run();
      }}
    >
      {share !== undefined && (
        <span className="bar-of" ref={(bar) => bar?.style.setProperty("width", `${100 * share}%`)} />
      )}
      <span className={share === undefined ? undefined : "mono"}>{wireText(label)}</span>
      {detail !== undefined && <span className="detail">{wireText(detail)}</span>}
    </button>
  );
  return (
    <div
      className="menu pivots"
      role="menu"
      aria-label={wireText(menu.label)}
      ref={node}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape" || event.key === "Tab") {
          event.preventDefault();
          onClose();
        }
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const all = [...node.current!.querySelectorAll<HTMLElement>('[role="menuitem"]')];
        all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length]?.focus();
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      {menu.items.map(line)}
      {more !== undefined && more.items.length > 0 && (
        <div className="values" role="group" aria-label={wireText(more.label)}>
          {more.items.map(line)}
        </div>
      )}
    </div>
  );
}

/** Cut for a line of a menu. */
export function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
