/** `-EncodedCommand` of PowerShell and all its short forms, which may stand behind a longer dash too. */
const ENCODED = /\s[-/\u2013-\u2015]e(?:c|n\w*)?\s+["']?([A-Za-z0-9+/]{16,}={0,2})/i;
/** Least share of a command in any script that is ASCII: names of commands are, and of anything else than text next to nothing. */
const LEAST_ASCII = 0.25;

/** What an encoded command for PowerShell says, as one line; null for other commands, and for base64 of anything else than text in UTF-16LE. */
export function encodedCommand(command: string): { readonly base64: string; readonly text: string } | null {
  const base64 = ENCODED.exec(command)?.[1];
  if (base64 === undefined) return null;
  const text = Buffer.from(base64, "base64").toString("utf16le").replace(/\s+/g, " ").trim();
  return /^\P{C}+$/u.test(text) && asciiIn(text) >= LEAST_ASCII * text.length ? { base64, text } : null;
}

function asciiIn(text: string): number {
  return text.match(/[\x20-\x7e]/g)?.length ?? 0;
}
