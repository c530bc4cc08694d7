import { useCallback, useEffect, useState } from "react";
import type { Place } from "./place.ts";
import { hashOf, placeOf } from "./place.ts";

/** The place, kept in the address behind `#`; the browser's back and forward move through it. */
export function usePlace(): [Place, (change: Partial<Place>) => void] {
  const [place, setPlace] = useState(() => placeOf(window.location.hash));
  useEffect(() => {
    // A move of this page itself is known already: the same place must not be drawn twice.
    const onMove = () =>
      setPlace((before) => {
        const now = placeOf(window.location.hash);
        return hashOf(now) === hashOf(before) ? before : now;
      });
    window.addEventListener("hashchange", onMove);
    return () => window.removeEventListener("hashchange", onMove);
  }, []);
  const go = useCallback((change: Partial<Place>) => {
    const next = { ...placeOf(window.location.hash), ...change };
    window.location.hash = hashOf(next);
    setPlace(next);
  }, []);
  return [place, go];
}
