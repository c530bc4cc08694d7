import { useBench } from "../bench.ts";
import { usePivots } from "../frame/pivots.ts";

/** A host that can be selected; marked where it is. */
export function HostLink({ address, short = false }: { address: string; short?: boolean }) {
  const { hosts, select, place } = useBench();
  const pivot = usePivots();
  const isPicked = place.pick?.kind === "host" && place.pick.id === address;
  return (
    <button
      className={isPicked ? "link picked" : "link"}
      title={`${hosts.full(address)}${hosts.role(address) === null ? "" : `, ${hosts.role(address)}`}`}
      onContextMenu={(event) => pivot(event, { kind: "host", id: address })}
      onClick={(event) => {
        event.stopPropagation();
        select({ kind: "host", id: address }, "Why");
      }}
    >
      {short ? hosts.short(address) : hosts.full(address)}
    </button>
  );
}
