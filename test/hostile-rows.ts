import { RECORD_TYPES } from "../core/engine/record-types.ts";
import { createWorkspace } from "../core/engine/workspace.ts";
import type { RecordType } from "../core/records/record-type.ts";
import { TableBuilder } from "../core/records/table-chunk.ts";
import { ATTACKS } from "./hostile-capture.ts";

const KEY = { uid: "CHostile0001", origH: "10.0.0.1", origP: 49_152, respH: "10.0.0.2", respP: 445 };

/** Makes a case in which every text of every record type is an attack, whatever analyzers would make of it on its way there. */
export async function writeHostileRows(folder: string): Promise<void> {
  const target = await createWorkspace(folder);
  try {
    await target.beginAnalysis([]);
    for (const type of RECORD_TYPES) {
      const builder = new TableBuilder(type);
      for (const [i, text] of Object.values(ATTACKS).entries()) {
        const frame = { ts: 1_700_000_000_000_000_000n + BigInt(i), capture: 1, frame: i + 1 };
        builder.append(KEY, i, rowOf(type, text), frame, frame);
      }
      target.store.append(builder.take());
    }
    await target.finishAnalysis([]);
    target.journal.append("evaluated", { detail: {} }); // nobody asks for its story
  } finally {
    target.close();
  }
}

function rowOf(type: RecordType, text: string): Record<string, unknown> {
  const valueOf = (kind: string): unknown => {
    if (kind === "string" || kind === "enum") return text;
    if (kind === "vector[string]" || kind === "set[string]" || kind === "set[enum]") return [text, `${text},`, text];
    return null;
  };
  return Object.fromEntries(Object.entries(type.columns).map(([name, { kind }]) => [name, valueOf(kind)]));
}
