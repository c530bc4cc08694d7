/** Octets of a base64 text. */
export function octetsOf(base64: string): Uint8Array {
  const text = atob(base64);
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}

/** Text with everything that is not printable ASCII as a dot; line breaks stay. */
export function printable(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += octet === 10 ? "\n" : octet === 13 ? "" : letterOf(octet);
  return text;
}

export function letterOf(octet: number): string {
  return octet >= 32 && octet < 127 ? String.fromCharCode(octet) : "·";
}

/** Lines of 16 octets as Wireshark shows them: offset, hex, letters. */
export function hexLines(octets: Uint8Array, from: number, width: number): string {
  let text = "";
  for (let at = 0; at < octets.length; at += width) {
    const row = octets.subarray(at, at + width);
    const hex = Array.from(row, (octet) => octet.toString(16).padStart(2, "0")).join(" ");
    text += `${(from + at).toString(16).padStart(6, "0")}  ${hex.padEnd(width * 3 - 1)}  ${Array.from(row, letterOf).join("")}\n`;
  }
  return text;
}
