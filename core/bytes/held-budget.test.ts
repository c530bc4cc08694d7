import { afterEach, describe, expect, it } from "vitest";
import { Carry } from "./carry.ts";
import { GatheredOctets } from "./gathered-octets.ts";
import { Charge, ENTRY, HeldBudget, holdFor, type Holder } from "./held-budget.ts";
import { HeldMap } from "./held-map.ts";

let nextOwner = 1;

class Stream implements Holder {
  carried = 0;
  forgettable: Set<Charge> | null = null;
  isOver = false;
  restsSince: number | null = null;
  readonly budget: HeldBudget;
  readonly owner: string;
  constructor(budget: HeldBudget, owner = `10.0.0.${nextOwner++}`) {
    this.budget = budget;
    this.owner = owner;
  }
  giveUp(): void {
    this.isOver = true;
    this.budget.end(this);
  }
}

afterEach(() => void holdFor(null));

describe("what streams hold", () => {
  it("is charged to the stream in which it begins to grow, whoever goes on with it", () => {
    const budget = new HeldBudget(1e6);
    const [one, other] = [new Stream(budget), new Stream(budget)];
    holdFor(one);
    const gathered = new GatheredOctets(new Charge());
    gathered.add(new Uint8Array(5000), 0, 5000);
    holdFor(other);
    gathered.add(new Uint8Array(5000), 0, 5000);
    expect(one.carried).toBeGreaterThanOrEqual(10_000);
    expect([other.carried, budget.octets]).toEqual([0, one.carried]);
    gathered.clear();
    expect([one.carried, budget.octets]).toEqual([0, 0]);
  });

  it("is charged to the stream that goes on with it once its own is over", () => {
    const budget = new HeldBudget(1e6);
    const [one, other] = [new Stream(budget), new Stream(budget)];
    const charge = new Charge();
    holdFor(one);
    charge.add(5000);
    budget.end(one);
    expect(budget.octets).toBe(0);
    holdFor(other);
    charge.add(2000);
    expect([other.carried, budget.octets]).toEqual([7000, 7000]);
  });

  it("costs nothing to tell while it is small, and is not forgotten for that", () => {
    const budget = new HeldBudget(1e6);
    const stream = new Stream(budget);
    holdFor(stream);
    const carry = new Carry(8000);
    const piece = new Uint8Array(600);
    carry.keep({ bytes: piece, start: 0, end: 600 }, 0);
    expect(budget.octets).toBe(0);
    for (let i = 0; i < 5; i++) carry.keep(carry.join(piece, 0, 600), 0);
    expect(budget.octets).toBeGreaterThanOrEqual(3600);
    carry.clear();
    expect(budget.octets).toBe(0);
  });

  it("is given up where it is most, until an eighth is free", () => {
    const budget = new HeldBudget(80_000);
    const streams = [10_000, 30_000, 20_000, 25_000].map((octets) => {
      const stream = new Stream(budget);
      holdFor(stream);
      new Charge().add(octets);
      return stream;
    });
    budget.relieve();
    expect(streams.map(({ isOver }) => isOver)).toEqual([false, true, false, false]);
    expect(budget.octets).toBe(55_000);
  });

  it("is given up where one owner's streams hold most together, however small each is", () => {
    const budget = new HeldBudget(80_000);
    const holding = (octets: number, owner: string) => {
      const stream = new Stream(budget, owner);
      holdFor(stream);
      new Charge().add(octets);
      return stream;
    };
    const large = holding(20_000, "10.0.0.1");
    const many = Array.from({ length: 31 }, () => holding(2000, "10.0.0.66"));
    budget.relieve();
    expect(large.isOver).toBe(false);
    expect(many.filter(({ isOver }) => isOver)).toHaveLength(6);
  });

  it("is given up first where nobody uses it, what rested longest before others", () => {
    const budget = new HeldBudget(80_000);
    const holders = [30_000, 20_000, 10_000, 25_000].map((octets) => {
      const holder = new Stream(budget, "");
      holdFor(holder);
      new Charge().add(octets);
      return holder;
    });
    for (const i of [2, 1]) holders[i]!.restsSince = budget.rest();
    budget.relieve();
    expect(holders.map(({ isOver }) => isOver)).toEqual([false, true, true, false]);
  });
});

describe("a map", () => {
  it("weighs its entries when they are set, and takes off the same", () => {
    const budget = new HeldBudget(1e6);
    const stream = new Stream(budget);
    holdFor(stream);
    const map = new HeldMap<number, { octets: number }>(({ octets }) => octets);
    const long = { octets: 5000 };
    map.set(1, long).set(2, { octets: 3000 });
    expect(budget.octets).toBe(8000);
    long.octets = 1;
    map.set(2, { octets: 1500 });
    expect(budget.octets).toBe(6500);
    map.delete(1);
    expect([map.delete(3), map.size, budget.octets]).toEqual([false, 1, 1500]);
    map.clear();
    expect([map.size, budget.octets]).toEqual([0, 0]);
  });

  it("weighs entries alike if they have no part of any length", () => {
    const budget = new HeldBudget(1e6);
    const stream = new Stream(budget);
    holdFor(stream);
    const map = new HeldMap<number, number>();
    for (let i = 0; i < 100; i++) map.set(i % 50, i);
    expect(Math.abs(budget.octets - 50 * ENTRY)).toBeLessThan(1024);
    for (let i = 0; i < 50; i++) map.delete(i);
    expect(budget.octets).toBe(0);
  });

  it("forgets the older half where its stream may go on without", () => {
    const budget = new HeldBudget(1e6);
    const stream = new Stream(budget);
    holdFor(stream);
    const forgotten: number[] = [];
    const map = new HeldMap<number, number>(null, (value) => void forgotten.push(value));
    for (let i = 0; i < 100; i++) map.set(i, i);
    for (const each of stream.forgettable ?? []) each.forget();
    expect(map.size).toBe(50);
    expect(forgotten).toEqual(Array.from({ length: 50 }, (_, i) => i));
    map.clear();
    expect(stream.forgettable?.size).toBe(0);
  });

  it("keeps what it is to spare, however old", () => {
    const budget = new HeldBudget(1e6);
    const stream = new Stream(budget);
    holdFor(stream);
    const map = new HeldMap<number, number>(
      null,
      () => undefined,
      null,
      (value) => value < 5,
    );
    for (let i = 0; i < 100; i++) map.set(i, i);
    for (const each of stream.forgettable ?? []) each.forget();
    expect([...map.keys()]).toEqual([0, 1, 2, 3, 4, ...Array.from({ length: 45 }, (_, i) => 55 + i)]);
  });
});
