import type { DecodeCounters } from "./decode-counters.ts";
import { forgetOldest } from "./recent-map.ts";
import { SWEEP_SLACK_NS } from "./timeouts.ts";

const MAX_TUNNELS = 65_536;

interface Tunnel {
  readonly words: Int32Array;
  readonly timeoutNs: number;
  key: number;
  lastNs: number;
  next: Tunnel | null;
}

/**
 * Remembers which session carries a tunnel, so that the packets inside it can name it whatever worker they go to.
 *
 * A tunnel ends here exactly when its connection ends in the tracker: after the same silence, judged at the same packets.
 * Bounded; the oldest tunnels go first.
 */
export class TunnelRegistry {
  readonly #counters: DecodeCounters;
  readonly #byHash = new Map<number, Tunnel>();
  readonly #probe = new Int32Array(10);
  #size = 0;

  constructor(counters: DecodeCounters) {
    this.#counters = counters;
  }

  /**
   * Key of the tunnel (or of the connection on a tunnel port) that a packet belongs to, the same for both directions.
   * @param freshKey Its key if this is its first packet.
   */
  touch(
    view: DataView,
    hash: number,
    srcAt: number,
    dstAt: number,
    addressOctets: number,
    srcPort: number,
    dstPort: number,
    proto: number,
    freshKey: number,
    nowNs: number,
    timeoutNs: number,
  ): number {
    const probe = this.#describe(view, srcAt, dstAt, addressOctets, srcPort, dstPort, proto);
    const slot = (hash ^ Math.imul(srcPort ^ dstPort, 0x9e3779b1) ^ proto) >>> 0;
    const head = this.#byHash.get(slot) ?? null;
    for (let tunnel = head; tunnel !== null; tunnel = tunnel.next) {
      if (!sameWords(tunnel.words, probe)) continue;
      if (nowNs >= tunnel.lastNs + timeoutNs) tunnel.key = freshKey;
      tunnel.lastNs = nowNs;
      return tunnel.key;
    }
    if (this.#size >= MAX_TUNNELS) this.#dropOldest();
    const before = this.#byHash.get(slot) ?? null;
    this.#byHash.set(slot, { words: probe.slice(), timeoutNs, key: freshKey, lastNs: nowNs, next: before });
    this.#size++;
    return freshKey;
  }

  /** Forgets tunnels that have been silent for their timeout. */
  sweep(clockNs: number): void {
    for (const [slot, head] of this.#byHash) {
      let kept: Tunnel | null = null;
      for (let tunnel: Tunnel | null = head; tunnel !== null;) {
        const next: Tunnel | null = tunnel.next;
        if (clockNs >= tunnel.lastNs + tunnel.timeoutNs + SWEEP_SLACK_NS) {
          this.#size--;
        } else {
          tunnel.next = kept;
          kept = tunnel;
        }
        tunnel = next;
      }
      if (kept === null) this.#byHash.delete(slot);
      else this.#byHash.set(slot, kept);
    }
  }

  #dropOldest(): void {
    forgetOldest(this.#byHash, MAX_TUNNELS, (head) => {
      for (let tunnel: Tunnel | null = head; tunnel !== null; tunnel = tunnel.next) {
        this.#size--;
        this.#counters.tunnelsDropped++;
      }
    });
  }

  #describe(
    view: DataView,
    srcAt: number,
    dstAt: number,
    addressOctets: number,
    srcPort: number,
    dstPort: number,
    proto: number,
  ): Int32Array {
    const probe = this.#probe;
    let order = 0;
    for (let i = 0; i < addressOctets && order === 0; i += 4)
      order = view.getUint32(srcAt + i) - view.getUint32(dstAt + i);
    if (order === 0) order = srcPort - dstPort;
    const first = order > 0 ? dstAt : srcAt;
    const second = order > 0 ? srcAt : dstAt;
    for (let i = 0; i < 4; i++) {
      const at = i * 4;
      probe[i] = at < addressOctets ? view.getInt32(first + at) : 0;
      probe[i + 4] = at < addressOctets ? view.getInt32(second + at) : 0;
    }
    probe[8] = order > 0 ? (dstPort << 16) | srcPort : (srcPort << 16) | dstPort;
    probe[9] = proto | (addressOctets << 8);
    return probe;
  }
}

function sameWords(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
