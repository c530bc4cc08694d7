import { useBench } from "../../bench.ts";
import { Wire } from "../../wire.tsx";

/** The place of live capture: this version records from the command line, into the same case. */
export function LiveView() {
  const { view } = useBench();
  return (
    <div className="message">
      <h2>Nothing is being recorded in this window</h2>
      <p>
        Recording runs from the command line and writes into a case; open the case here afterwards, or again, to see
        what has come in.
      </p>
      <p className="mono code">
        backtrail record -i eth1 --case <Wire text={view.folder} />
      </p>
      <p className="quiet">It shows interfaces, loss and findings as they arrive, and needs the right to capture.</p>
    </div>
  );
}
