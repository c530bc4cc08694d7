/** `-EncodedCommand` of PowerShell, and its short forms. */
const ENCODED = /\s[-/]e(?:c|nc\w*)?\s+["']?([A-Za-z0-9+/]{16,}={0,2})/i;

/** What an encoded command for PowerShell says, as one line; null for other commands, and for base64 of anything else than text in UTF-16LE. */
export function encodedCommand(command: string): { readonly base64: string; readonly text: string } | null {
  const base64 = ENCODED.exec(command)?.[1];
  if (base64 === undefined) return null;
  const text = Buffer.from(base64, "base64").toString("utf16le").replace(/\s+/g, " ").trim();
  return /^[\x20-\x7e\u00a0-\u024f]+$/.test(text) ? { base64, text } : null;
}
