import { isCancelled, isGivenUp } from "../../case/cancellation.ts";

/** Answers that were asked for last, each worked out once however many wait for it. */
export class Kept<T> {
  readonly #most: number;
  readonly #answers = new Map<string, Promise<T>>();

  /** @param most Answers that are kept; the oldest is forgotten first. */
  constructor(most: number) {
    this.#most = most;
  }

  async get(key: string, find: () => Promise<T>): Promise<T> {
    try {
      return await (this.#answers.get(key) ?? this.#find(key, find));
    } catch (error) {
      // It was found for somebody else, who gave it up.
      if (isCancelled(error) && !isGivenUp()) return this.get(key, find);
      throw error;
    }
  }

  clear(): void {
    this.#answers.clear();
  }

  #find(key: string, find: () => Promise<T>): Promise<T> {
    const found = find();
    this.#answers.set(key, found);
    found.catch(() => this.#answers.delete(key));
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > this.#most && oldest !== undefined) this.#answers.delete(oldest);
    return found;
  }
}
