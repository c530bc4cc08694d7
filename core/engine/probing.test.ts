import { describe, expect, it } from "vitest";
import { HeldBudget, type Charge, type Holder } from "../bytes/held-budget.ts";
import { ByteReader } from "../bytes/reader.ts";
import type { Protocol, Verdict } from "../protocols/protocol.ts";
import { Probing } from "./probing.ts";

const AT = { capture: 1, frame: 1, ts: 0n };
const HELLO = Buffer.from("hello");

function holder(): Holder {
  const budget = new HeldBudget(1 << 20);
  const forgettable: Set<Charge> | null = null;
  return { budget, carried: 0, forgettable, owner: "", restsSince: null, giveUp: () => undefined };
}

/** A protocol that answers what `verdict` says, and counts how often it was asked. */
function protocol(name: string, verdict: (fromOriginator: boolean) => Verdict) {
  const asked = { times: 0 };
  const probe: Protocol["probe"] = (_r, hint) => {
    asked.times++;
    return verdict(hint.fromOriginator);
  };
  return { asked, protocol: { name, probe } as Protocol };
}

function ask(probing: Probing, fromOriginator: boolean) {
  const hint = { carrier: "tcp" as const, fromOriginator, respPort: 1, origPort: 2, pipe: "", onPort: false };
  return probing.ask(new ByteReader(HELLO, 0, HELLO.length), hint, true);
}

describe("Probing", () => {
  it("gives up a protocol when both sides said no, and asks neither side of it twice", () => {
    const never = protocol("never", () => "no");
    const probing = new Probing(holder(), { protocols: [never.protocol], onPort: 0 });
    expect(ask(probing, true)).toBe("more");
    expect(ask(probing, true)).toBe("more");
    expect(ask(probing, false)).toBe("no");
    expect(never.asked.times).toBe(2);
  });

  it("takes the first that says yes", () => {
    const slow = protocol("slow", () => "more");
    const answers = protocol("answers", (fromOriginator) => (fromOriginator ? "no" : "yes"));
    const probing = new Probing(holder(), { protocols: [slow.protocol, answers.protocol], onPort: 0 });
    expect(ask(probing, true)).toBe("more");
    expect(ask(probing, false)).toBe(answers.protocol);
  });

  it("charges what it holds, joins it by side and gives it back in order", () => {
    const stream = holder();
    const probing = new Probing(stream, { protocols: [], onPort: 0 });
    probing.hold(Buffer.from("ab"), 0, true, AT);
    probing.hold(Buffer.alloc(0), 7, true, AT);
    probing.hold(Buffer.from("x"), 0, false, AT);
    expect(stream.carried).toBeGreaterThan(0);
    expect(Buffer.from(probing.joined(HELLO, 0, 1, true)!).toString()).toBe("abh");
    expect(probing.end().map(({ bytes, gap }) => [Buffer.from(bytes).toString(), gap])).toEqual([
      ["ab", 0],
      ["", 7],
      ["x", 0],
    ]);
    expect(stream.carried).toBe(0);
  });

  it("holds no more than some octets and pieces", () => {
    const octets = new Probing(holder(), { protocols: [], onPort: 0 });
    expect(octets.hold(new Uint8Array(8192), 0, true, AT)).toBe(true);
    expect(octets.hold(new Uint8Array(1), 0, true, AT)).toBe(false);
    const pieces = new Probing(holder(), { protocols: [], onPort: 0 });
    for (let i = 0; i < 32; i++) expect(pieces.hold(new Uint8Array(1), 0, true, AT)).toBe(true);
    expect(pieces.hold(new Uint8Array(1), 0, true, AT)).toBe(false);
  });
});
