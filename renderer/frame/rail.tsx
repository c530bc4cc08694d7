import { useBench } from "../bench.ts";
import { VIEWS } from "../data/place.ts";

/** The views, by name and number key. */
export function Rail() {
  const { place, go } = useBench();
  return (
    <nav className="rail" aria-label="Views">
      {VIEWS.map((name, i) => (
        <button
          key={name}
          aria-current={place.view === name ? "page" : undefined}
          title={i < 10 ? `Key ${(i + 1) % 10}` : undefined}
          onClick={() => go({ view: name })}
        >
          {name}
        </button>
      ))}
    </nav>
  );
}
