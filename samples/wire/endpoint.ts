/** How a machine's TCP/IP stack looks on the wire. */
export type Stack = "windows" | "linux";

/** A machine's place in the network, as much of it as frames show. */
export interface Endpoint {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** Text form of `address`. */
  readonly ip: string;
  /** Hardware address; a machine outside the site is only ever seen behind the router. */
  readonly mac: Uint8Array;
  /** Hardware address of the router of its network. */
  readonly router: Uint8Array;
  /** Network it is in; two machines of one network talk without a router. */
  readonly network: string;
  readonly stack: Stack;
  /** Routers between it and the recorder when its network is not the recorded one. */
  readonly hops: number;
  /** Round trip between the recorder and it, nanoseconds, when it is the far side of a conversation. */
  readonly roundTripNs: number;
  /** The higher, the more likely the recorder sits on this side of a conversation. */
  readonly watched: number;
}

/** Octets of "192.0.2.1" or "2001:db8::1". Throws on anything else. */
export function addressOf(text: string): Uint8Array {
  if (!text.includes(":")) {
    const parts = text.split(".").map(Number);
    if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255)))
      throw new Error(`not an address: ${text}`);
    return Uint8Array.from(parts);
  }
  const [head = "", tail = ""] = text.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === "" ? [] : tail.split(":");
  const groups = [...front, ...new Array<string>(8 - front.length - back.length).fill("0"), ...back];
  const out = new Uint8Array(16);
  groups.forEach((group, i) => {
    const value = parseInt(group, 16);
    out[2 * i] = value >>> 8;
    out[2 * i + 1] = value;
  });
  return out;
}

/** Octets of "02:00:5e:10:00:01". */
export function macOf(text: string): Uint8Array {
  return Uint8Array.from(text.split(":").map((part) => parseInt(part, 16)));
}
