import { describe, expect, it } from "vitest";
import { Charge, HeldBudget } from "../bytes/held-budget.ts";
import { HeldMap } from "../bytes/held-map.ts";
import { SharedValues } from "./shared-values.ts";

/** A value that holds a few thousand octets of the pair's. */
class Value {
  isReleased = false;
  readonly #charge: Charge;
  constructor(pair: SharedValues) {
    this.#charge = new Charge(null, pair);
    this.#charge.set(5000);
  }
  release(): void {
    this.isReleased = true;
    this.#charge.set(0);
  }
}

function pairOf(limit: number, most = 1e6) {
  const told: string[] = [];
  const budget = new HeldBudget(most);
  const events = {
    forgot: () => void told.push("forgot"),
    ended: (name: string) => void told.push(`ended: ${name}`),
    failed: (error: unknown) => void told.push(`failed: ${String(error)}`),
  };
  const pair = new SharedValues(budget, limit, events, "a b");
  return { budget, pair, told };
}

describe("what two hosts share", () => {
  it("takes nothing for a value that made room", () => {
    const { budget, pair, told } = pairOf(2);
    const values = [1, 2, 3].map((i) => {
      const value = new Value(pair);
      pair.set(`value ${i}`, value);
      return value;
    });
    expect(values.map(({ isReleased }) => isReleased)).toEqual([true, false, false]);
    expect(told).toEqual(["forgot"]);
    expect(budget.octets).toBeLessThan(12_000);
  });

  it("is released as a whole when it ends", () => {
    const { budget, pair, told } = pairOf(10);
    const value = new Value(pair);
    pair.set("value", value).set("text", "a");
    pair.end();
    expect([value.isReleased, pair.size, budget.octets]).toEqual([true, 0, 0]);
    expect(told).toEqual(["ended: a b"]);
  });

  it("goes on while it is used if enough can be forgotten, and ends where nobody uses it", () => {
    const { pair, told } = pairOf(10);
    const map = new HeldMap<number, number>(null, () => undefined, pair);
    for (let i = 0; i < 100; i++) map.set(i, i);
    pair.join();
    pair.giveUp();
    expect([map.size, told]).toEqual([50, []]);
    pair.leave();
    pair.giveUp();
    expect(told).toEqual(["ended: a b"]);
    expect(pair.carried).toBe(-1);
  });

  it("ends where something cannot be forgotten", () => {
    const { budget, pair, told } = pairOf(10);
    const broken = (): void => {
      throw new Error("no");
    };
    const map = new HeldMap<number, number>(null, broken, pair);
    for (let i = 0; i < 100; i++) map.set(i, i);
    pair.join();
    pair.giveUp();
    expect(told).toEqual(["failed: Error: no", "ended: a b"]);
    expect(budget.octets).toBe(0);
  });
});
