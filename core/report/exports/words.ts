import type { Finding, Severity } from "../../contracts/finding.ts";
import { ATTACK_NAMES } from "../../contracts/attack-names.ts";
import { HIDDEN_CHARACTERS, LONE_SURROGATES, visible } from "../../contracts/text-forms.ts";
import { hasPorts } from "./evidence.ts";
import type { Session } from "./export.ts";

/** Severity as a number from 1 (info) to 5 (critical). */
export const SEVERITY_RANK: Readonly<Record<Severity, number>> = { info: 1, low: 2, medium: 3, high: 4, critical: 5 };

/** Name of a technique, or its id where the catalogue here does not have it. */
export function techniqueName(id: string): string {
  return ATTACK_NAMES[id] ?? id;
}

/** Page of a technique. */
export function techniqueUrl(id: string): string {
  return `https://attack.mitre.org/techniques/${id.replace(".", "/")}/`;
}

/** "tcp 10.0.0.1:50000 > 10.0.0.2:445 smb". */
export function sessionText(session: Session): string {
  const ports = hasPorts(session);
  const [from, to] = [
    ports ? `${bracketed(session.source)}:${session.sourcePort}` : session.source,
    ports ? `${bracketed(session.target)}:${session.targetPort}` : session.target,
  ];
  const services = session.services.length === 0 ? "" : ` ${session.services.join(",")}`;
  return `${session.proto} ${from} > ${to}${services}`;
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** What a finding says, on one line. */
export function findingText({ title, explanation }: Finding): string {
  return visible(`${title}: ${explanation}`);
}

const UNPRINTABLE = new RegExp(`[\\u0000-\\u001f${HIDDEN_CHARACTERS}]|${LONE_SURROGATES}`, "g");

/** Text with what no line of a log may hold replaced by one blank each. */
export function plain(text: string): string {
  return text.replace(UNPRINTABLE, " ");
}

/** At most `limit` octets of UTF-8, ending in "…" where it was cut. */
export function fitting(text: string, limit: number): string {
  const octets = Buffer.from(text, "utf8");
  if (octets.length <= limit) return text;
  let end = Math.max(0, limit - 3);
  while (end > 0 && (octets[end]! & 0xc0) === 0x80) end--;
  return `${octets.toString("utf8", 0, end)}…`;
}
