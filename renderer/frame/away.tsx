import { useEffect } from "react";
import { call, useAway } from "../data/client.ts";

const ASK_MS = 2000;

/** Says over any view that the engine is away, asks for it, and comes back to the same place when it answers. */
export function Away() {
  const isAway = useAway();
  useEffect(() => {
    if (!isAway) return;
    const ask = () => void call("window.state", {}).then(({ ok }) => ok && window.location.reload());
    const timer = setInterval(ask, ASK_MS);
    return () => clearInterval(timer);
  }, [isAway]);
  if (!isAway) return null;
  return (
    <section className="intake-strip away" role="alert">
      <p className="problem">
        The engine does not answer: what is shown may be old, and nothing that is done now is kept. If “backtrail serve”
        has ended, start it again and open the address that it prints; the case is as it was.
      </p>
      <button onClick={() => window.location.reload()}>Try again</button>
    </section>
  );
}
