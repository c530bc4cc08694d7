import { hostname } from "node:os";
import type { Severity } from "../contracts/finding.ts";
import type { Alert } from "./alert.ts";
import type { SyslogDestination } from "./alert-config.ts";

/** local0: no facility of RFC 5424 is for intrusion detection. */
const FACILITY = 16;
/** RFC 5424 6.2.1 */
export const SYSLOG_SEVERITY: Readonly<Record<Severity, number>> = { critical: 2, high: 3, medium: 4, low: 5, info: 6 };
/** ArcSight Common Event Format: 0 to 10. */
const CEF_SEVERITY: Readonly<Record<Severity, number>> = { critical: 10, high: 8, medium: 5, low: 3, info: 1 };
/** Record ids in a message: the finding in the case has all. */
export const RECORDS_SENT = 10;
/** Characters of each text in a message, so that it fits a datagram. RFC 5424 6.1: receivers should take 2048 octets. */
const MOST_TEXT = 600;

/** An alert as one flat object, the body of every JSON form. */
export function alertJson(alert: Alert): { readonly [key: string]: unknown } {
  const { finding, ...rest } = alert;
  if (finding === null) return cutAll({ ...rest, sensor: hostname() });
  const {
    id,
    detection,
    phase,
    attack,
    confidence,
    basis,
    outcome,
    tsFirst,
    tsLast,
    source,
    target,
    user,
    object,
    count,
    records,
  } = finding;
  return cutAll({
    ...rest,
    sensor: hostname(),
    finding: {
      ...{ id, detection, phase, attack, confidence, basis, outcome, source, target, user, object, count },
      tsFirst: isoOf(tsFirst),
      tsLast: isoOf(tsLast),
      records: records.slice(0, RECORDS_SENT),
    },
  });
}

/** An alert as Common Event Format. */
export function alertCef(alert: Alert, version: string): string {
  const { finding } = alert;
  const head = [
    "CEF:0",
    "Backtrail",
    "Backtrail",
    version,
    alert.code,
    cut(alert.title),
    String(CEF_SEVERITY[alert.severity]),
  ];
  const fields: [string, string | null | undefined][] = [
    ["rt", String(Date.parse(alert.at))],
    ["externalId", finding?.id ?? alert.id],
    ["cat", finding?.phase ?? alert.kind],
    ["outcome", finding?.outcome],
    ["src", isV4(finding?.source) ? finding?.source : null],
    ["dst", isV4(finding?.target) ? finding?.target : null],
    ["c6a2", isV4(finding?.source) ? null : finding?.source],
    ["c6a2Label", isV4(finding?.source) || (finding?.source ?? null) === null ? null : "Source IPv6 Address"],
    ["c6a3", isV4(finding?.target) ? null : finding?.target],
    ["c6a3Label", isV4(finding?.target) || (finding?.target ?? null) === null ? null : "Destination IPv6 Address"],
    ["suser", finding?.user],
    ["start", finding === null ? null : msOf(finding.tsFirst)],
    ["end", finding === null ? null : msOf(finding.tsLast)],
    ["cnt", finding === null ? null : String(finding.count)],
    ["cs1", alert.case],
    ["cs1Label", "case"],
    ["cs2", finding === null ? null : finding.attack.join(" ")],
    ["cs2Label", finding === null ? null : "attack"],
    ["msg", alert.message],
  ];
  const header = head
    .map((part, i) => (i === 0 ? part : part.replaceAll("\\", "\\\\").replaceAll("|", "\\|")))
    .join("|");
  const extension = fields.flatMap(([key, value]) =>
    value === null || value === undefined || value === "" ? [] : [`${key}=${cefValue(cut(value))}`],
  );
  return `${oneLine(header)}|${extension.join(" ")}`;
}

function cefValue(text: string): string {
  return oneLine(text.replaceAll("\\", "\\\\").replaceAll("=", "\\=").replaceAll("\n", "\\n").replaceAll("\r", "\\r"));
}

/** One syslog message without its framing. RFC 5424 6 */
export function syslogMessage(alert: Alert, { body }: Pick<SyslogDestination, "body">, version: string): string {
  const priority = FACILITY * 8 + SYSLOG_SEVERITY[alert.severity];
  const host = printable(hostname(), 255);
  const text = body === "cef" ? alertCef(alert, version) : asciiJson(alertJson(alert));
  return `<${priority}>1 ${alert.at} ${host} backtrail ${process.pid} ${printable(alert.kind, 32)} - ${text}`;
}

/** JSON in ASCII alone, so that neither encoding nor hidden characters are a question. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** PRINTUSASCII of RFC 5424 6. */
function printable(text: string, most: number): string {
  return text.replace(/[^\x21-\x7e]/g, "_").slice(0, most) || "-";
}

// What was on the wire could otherwise begin a line, or a message, of its own.
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
}

/** All texts of a value, each cut. */
function cutAll<T>(value: T): T {
  if (typeof value === "string") return cut(value) as T;
  if (Array.isArray(value)) return value.map(cutAll) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cutAll<unknown>(each)])) as T;
}

function cut(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT - 1)}\u2026`;
}

function isoOf(ns: string): string {
  return new Date(Number(BigInt(ns) / 1_000_000n)).toISOString();
}

function msOf(ns: string): string {
  return (BigInt(ns) / 1_000_000n).toString();
}

function isV4(address: string | null | undefined): boolean {
  return address?.includes(".") === true && !address.includes(":");
}
