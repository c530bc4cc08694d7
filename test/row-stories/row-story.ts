import type { RecordTables } from "../record-tables.ts";

/**
 * The records of a small piece of traffic, for detections that no capture of `samples/` shows: those that need weeks of history, or a
 * product that runs nowhere near. A detection names it in its `samples` as "<name>.rows".
 */
export interface RowStory {
  /** Lower case with hyphens; unlike any other sample's name. */
  readonly name: string;
  /** One sentence: who does what. */
  readonly shows: string;
  /** False for a harmless twin: it must give no high finding at all. */
  readonly isAttack: boolean;
  /** Text of a scope file; `SCOPE` unless it says something else. */
  readonly scope?: string;
  readonly write: (tables: RecordTables) => Promise<void>;
}

/** A small site: what stories speak of unless they bring a scope of their own. */
export const SCOPE = `
assets:
  - { address: 10.0.5.1, name: BKP01, roles: [backup-server] }
  - { address: 10.0.5.2, name: REPO01, roles: [repository] }
  - { address: 10.0.0.60, name: ESX01, roles: [hypervisor] }
admin: { sources: [10.0.0.21] }
`;
