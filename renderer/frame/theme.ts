import { useEffect } from "react";
import { useKept } from "../data/kept.ts";

export type Theme = "system" | "light" | "dark";

/** The theme: as the system has it, or one that was chosen. Colours follow `color-scheme` through `light-dark()`. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [kept, keep] = useKept<string>("theme", "system");
  const theme: Theme = kept === "light" || kept === "dark" ? kept : "system";
  useEffect(() => {
    document.documentElement.style.colorScheme = theme === "system" ? "light dark" : theme;
    window.dispatchEvent(new Event(THEME_CHANGED));
  }, [theme]);
  return [theme, keep];
}

/** Fired at the window when colours may be others: what is drawn on a canvas is drawn anew. */
export const THEME_CHANGED = "backtrail:theme";
