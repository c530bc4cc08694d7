/** A JSON document, or null if it is none; nothing of its shape is taken for granted. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Cut short, or something else than it says: there is nothing to read.
    return null;
  }
}

/** The value that lies behind these names. */
export function valueAt(json: unknown, ...names: readonly string[]): unknown {
  let value = json;
  for (const name of names) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

export function textAt(json: unknown, ...names: readonly string[]): string | null {
  const value = valueAt(json, ...names);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}
