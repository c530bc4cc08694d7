import type { Finding } from "../contracts/finding.ts";
import { addTo } from "../contracts/grouping.ts";
import { accountName } from "./account.ts";

/** What one host did to another in one phase is one step while no pause is longer than this. */
const STEP_PAUSE_NS = 900_000_000_000n;

/** Findings that become one step. */
export class StepGroup {
  readonly members: Finding[] = [];
  /** Place in the order in which the groups of two hosts and a phase began. */
  readonly order: number;
  #last = 0n;
  /** By title: true if it was done under an account that was seen. */
  readonly #seenBy = new Map<string, boolean>();

  constructor(order: number) {
    this.order = order;
  }

  add(finding: Finding): void {
    this.members.push(finding);
    const last = BigInt(finding.tsLast);
    if (last > this.#last) this.#last = last;
    this.#seenBy.set(finding.title, finding.user !== null);
  }

  isOver(now: bigint): boolean {
    return now - this.#last > STEP_PAUSE_NS;
  }

  /** The same thing done under an account that was seen, and under one that was not, may be of two. */
  takes({ title, user }: Finding): boolean {
    return (this.#seenBy.get(title) ?? user !== null) === (user !== null);
  }
}

/**
 * The steps of what one host did to another in one phase. A finding goes to the first that takes it. Those of thousands of accounts may be open at one
 * time, so each finding looks at those of its own account only; one without an account goes on where the last of its title found one.
 */
export class StepPlace {
  readonly #all: StepGroup[] = [];
  /** Of which no account is known. */
  #nameless: StepGroup[] = [];
  /** The same account is named by the short or the long name of its domain. */
  readonly #ofAccount = new Map<string | null, StepGroup[]>();
  /** By title, where the groups begin that may take a finding without an account. */
  readonly #from = new Map<string, number>();

  /** The group of the next finding, which is added to it. @param finding None may begin before the one of the last call. */
  groupOf(finding: Finding): StepGroup {
    const now = BigInt(finding.tsFirst);
    const found = finding.user === null ? this.#forNobody(finding, now) : this.#forAccount(finding, finding.user, now);
    const group = found ?? new StepGroup(this.#all.length);
    if (found === undefined) this.#all.push(group);
    if (finding.user !== null) this.#own(group, accountName(finding.user), now);
    else if (found === undefined) this.#nameless.push(group);
    group.add(finding);
    return group;
  }

  #forAccount(finding: Finding, user: string, now: bigint): StepGroup | undefined {
    this.#nameless = this.#nameless.filter((group) => !group.isOver(now));
    return [...(this.#ofAccount.get(accountName(user)) ?? []), ...this.#nameless]
      .filter((group) => !group.isOver(now) && group.takes(finding))
      .sort((a, b) => a.order - b.order)[0];
  }

  /** What is over or refuses a title once does so for good. */
  #forNobody(finding: Finding, now: bigint): StepGroup | undefined {
    let at = this.#from.get(finding.title) ?? 0;
    for (; at < this.#all.length; at++) {
      const group = this.#all[at]!;
      if (!group.isOver(now) && group.takes(finding)) break;
    }
    this.#from.set(finding.title, at);
    return this.#all[at];
  }

  #own(group: StepGroup, account: string | null, now: bigint): void {
    const own = this.#ofAccount.get(account) ?? [];
    if (own.includes(group)) return;
    this.#nameless = this.#nameless.filter((other) => other !== group);
    this.#ofAccount.set(
      account,
      own.filter((other) => !other.isOver(now)),
    );
    addTo(this.#ofAccount, account, group);
  }
}
