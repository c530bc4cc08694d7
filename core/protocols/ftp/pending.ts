import { ENTRY, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { Moment } from "../protocol.ts";
import { fitsCommand } from "./reply-codes.ts";

/** A command that was sent. */
export interface SentCommand {
  readonly name: string;
  readonly argument: string;
  readonly number: number;
  readonly at: Moment;
  /** Its reply has changed the current directory already. */
  hasMoved: boolean;
  /** Connection that carried its data. */
  dataUid: string | null;
}

/** Commands that are sent and not yet done with. */
export class PendingCommands {
  readonly #commands = new HeldMap<number, SentCommand>(({ argument }) => ENTRY + textWeight(argument));
  #sent = 0;

  get size(): number {
    return this.#commands.size;
  }

  add(name: string, argument: string, at: Moment): void {
    const number = ++this.#sent;
    this.#commands.set(number, { name, argument, number, at, hasMoved: false, dataUid: null });
  }

  /** True if it was still pending. */
  remove(command: SentCommand): boolean {
    return this.#commands.delete(command.number);
  }

  /** The command that a reply answers most likely: by its code, then by what its text repeats, then the oldest. */
  answeredBy(code: number, text: string): SentCommand | null {
    let best: SentCommand | null = null;
    let bestScore = -1;
    for (const command of this.#commands.values()) {
      let score = fitsCommand(code, command.name) ? 100 : 0;
      if (text.includes(command.name)) score += 20;
      if (text.includes(command.argument)) score += 10;
      if (score <= bestScore) continue;
      best = command;
      bestScore = score;
    }
    return best;
  }

  /** What is pending, oldest first. */
  all(): readonly SentCommand[] {
    return [...this.#commands.values()];
  }

  /** The newest command, the one that data belong to. */
  newest(): SentCommand | null {
    return [...this.#commands.values()].at(-1) ?? null;
  }
}
