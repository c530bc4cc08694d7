import type { InterfaceTotals, LiveInterface } from "./live-interface.ts";

/** Counts of the interfaces, segment by segment: what each closed segment accounts for. */
export class InterfaceCounts {
  readonly #interfaces: readonly LiveInterface[];
  /** Totals of each interface that closed segments account for. */
  #counted: readonly InterfaceTotals[] = [];

  constructor(interfaces: readonly LiveInterface[]) {
    this.#interfaces = interfaces;
  }

  /** What was counted since the last segment was closed. */
  takeNew(): InterfaceTotals[] {
    const totals = this.#interfaces.map((each) => each.totals());
    const counts = totals.map((each, i) => since(each, this.#counted[i] ?? NOTHING));
    this.#counted = totals;
    return counts;
  }

  /** The same, but what the driver alone can tell stays for the segment with which it ends. */
  takeNewOfRunning(): InterfaceTotals[] {
    const before = this.#counted;
    const counts = this.takeNew();
    this.#counted = this.#counted.map((each, i) => {
      const { received, kernelDropped } = before[i] ?? NOTHING;
      return { ...each, received, kernelDropped };
    });
    return counts.map((each) => ({ ...each, received: null, kernelDropped: null }));
  }

  /** Frames that a failed write kept from the disk are losses of the recorder; they are counted for its first interface. */
  takeBack(packetsLost: number): number {
    const [first] = this.#interfaces;
    const [counted, ...others] = this.#counted;
    if (packetsLost === 0 || first === undefined || counted === undefined) return 0;
    first.packets -= packetsLost;
    first.ownDropped += packetsLost;
    const ownDropped = counted.ownDropped + packetsLost;
    this.#counted = [{ ...counted, packets: counted.packets - packetsLost, ownDropped }, ...others];
    return packetsLost;
  }
}

const NOTHING: InterfaceTotals = {
  packets: 0,
  octets: 0,
  received: null,
  kernelDropped: null,
  driverDropped: 0,
  ownDropped: 0,
};

function since(now: InterfaceTotals, before: InterfaceTotals): InterfaceTotals {
  const known = (a: number | null, b: number | null): number | null => (a === null ? null : a - (b ?? 0));
  return {
    packets: now.packets - before.packets,
    octets: now.octets - before.octets,
    received: known(now.received, before.received),
    kernelDropped: known(now.kernelDropped, before.kernelDropped),
    driverDropped: now.driverDropped - before.driverDropped,
    ownDropped: now.ownDropped - before.ownDropped,
  };
}

/** Counts as the recording's journal has them. */
export function countsJson(
  name: string,
  { packets, octets, received, kernelDropped, driverDropped, ownDropped }: InterfaceTotals,
) {
  return { name, packets, octets, received, kernelDropped, driverDropped, ownDropped };
}
