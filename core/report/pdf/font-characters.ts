/** Octets of a table record in the table directory. OpenType 1.9, "Table Directory" */
const TABLE_RECORD = 16;

/**
 * Code points that a TrueType or OpenType font maps to a glyph. OpenType 1.9, "cmap"
 * @throws RangeError for a file that stops early: the fonts are ours, so that is a broken installation.
 */
export function fontCharacters(font: Buffer): Set<number> {
  const characters = new Set<number>();
  const tables = font.readUInt16BE(4);
  for (let i = 0; i < tables; i++) {
    const record = 12 + i * TABLE_RECORD;
    if (font.toString("latin1", record, record + 4) !== "cmap") continue;
    const cmap = font.readUInt32BE(record + 8);
    const encodings = font.readUInt16BE(cmap + 2);
    for (let k = 0; k < encodings; k++) addCharacters(font, cmap + font.readUInt32BE(cmap + 8 + k * 8), characters);
  }
  return characters;
}

/** Adds what one subtable maps: format 4 (segments of 16 bits) and format 12 (groups of 32 bits); others say nothing more. */
function addCharacters(font: Buffer, at: number, characters: Set<number>): void {
  const format = font.readUInt16BE(at);
  if (format === 4) {
    const segments = font.readUInt16BE(at + 6) / 2;
    for (let i = 0; i < segments; i++) {
      const last = font.readUInt16BE(at + 14 + 2 * i);
      const first = font.readUInt16BE(at + 16 + 2 * (segments + i));
      for (let code = first; code <= last && code < 0xffff; code++) characters.add(code);
    }
  } else if (format === 12) {
    const groups = font.readUInt32BE(at + 12);
    for (let i = 0; i < groups; i++) {
      const last = font.readUInt32BE(at + 20 + 12 * i);
      for (let code = font.readUInt32BE(at + 16 + 12 * i); code <= last; code++) characters.add(code);
    }
  }
}
