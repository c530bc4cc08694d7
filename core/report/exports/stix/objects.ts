import { terminalSafeJson } from "../../../records/log-values.ts";
import { caseUuid, uuid5 } from "../uuid.ts";

/** One STIX object. */
export type StixObject = { readonly type: string; readonly id: string } & Readonly<Record<string, unknown>>;

/** Namespace of the ids of observables, the same for every producer. STIX 2.1 2.9 */
const OBSERVABLES = "00abedb4-aa42-466c-9c01-fed23315a9b7";

/**
 * An observable, whose id follows from what identifies it, so that two exports of the same address agree. STIX 2.1 2.9
 * @param identity The contributing properties, in the order of their names (RFC 8785 sorts them).
 */
export function observable(
  type: string,
  identity: Readonly<Record<string, unknown>>,
  rest: Readonly<Record<string, unknown>> = {},
): StixObject {
  return { type, spec_version: "2.1", id: `${type}--${uuid5(OBSERVABLES, canonical(identity))}`, ...identity, ...rest };
}

/** JSON with sorted names: RFC 8785 as far as it matters for strings, whole numbers and lists. */
function canonical(value: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(value).sort();
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, value[name]])));
}

/** Makes the objects that describe and relate: their ids follow from the case and their name in it, their times from the case. */
export class StixCase {
  readonly #caseId: string;
  readonly #created: string;
  readonly #modified: string;
  readonly author: string;

  constructor(caseId: string, created: string, modified: string) {
    this.#caseId = caseId;
    this.#created = created;
    this.#modified = modified;
    this.author = this.id("identity", "backtrail");
  }

  id(type: string, name: string): string {
    return `${type}--${caseUuid(this.#caseId, `stix/${type}`, name)}`;
  }

  object(type: string, name: string, properties: Readonly<Record<string, unknown>>): StixObject {
    return {
      type,
      spec_version: "2.1",
      id: this.id(type, name),
      ...(type === "identity" ? {} : { created_by_ref: this.author }),
      created: this.#created,
      modified: this.#modified,
      ...properties,
    };
  }

  relation(source: string, kind: string, target: string): StixObject {
    return this.object("relationship", `${source} ${kind} ${target}`, {
      relationship_type: kind,
      source_ref: source,
      target_ref: target,
    });
  }
}

/** Text in single quotes of a STIX pattern. */
export function patternText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** An object as a line of a bundle. */
export function stixLine(object: StixObject): string {
  return terminalSafeJson(object);
}
