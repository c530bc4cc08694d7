import { useSyncExternalStore } from "react";
import { THEME_CHANGED } from "../frame/theme.ts";

let generation = 0;
const known = new Map<string, string>();

/** Raised when colours may be others; a canvas that depends on it is drawn anew. */
export function useColorGeneration(): number {
  return useSyncExternalStore(listen, () => generation);
}

/** A colour of the style sheet as a canvas takes it: custom properties with `light-dark()` are resolved by an element only. */
export function colorOf(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  known.set(name, color);
  return color;
}

function listen(changed: () => void): () => void {
  known.clear(); // the theme may have changed while nothing on a canvas was shown
  const onChange = () => {
    known.clear();
    generation++;
    changed();
  };
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", onChange);
  window.addEventListener(THEME_CHANGED, onChange);
  return () => {
    system.removeEventListener("change", onChange);
    window.removeEventListener(THEME_CHANGED, onChange);
  };
}
