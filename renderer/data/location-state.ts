import { useEffect, useState } from "react";

/** What the address keeps of the window, so that a reload or a bookmark comes back to it. */
export interface Place {
  readonly view: string;
  readonly finding: string | null;
}

/** View and selected finding, kept in the address behind `#`; the browser's back and forward move through them. */
export function usePlace(first: string): [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => placeOf(window.location.hash, first));
  useEffect(() => {
    const onMove = () => setPlace(placeOf(window.location.hash, first));
    window.addEventListener("hashchange", onMove);
    return () => window.removeEventListener("hashchange", onMove);
  }, [first]);
  const go = (next: Place) => {
    const parts = new URLSearchParams({ view: next.view, ...(next.finding !== null && { finding: next.finding }) });
    window.location.hash = parts.toString();
    setPlace(next);
  };
  return [place, go];
}

function placeOf(hash: string, first: string): Place {
  const parts = new URLSearchParams(hash.slice(1));
  return { view: parts.get("view") ?? first, finding: parts.get("finding") };
}
