import { isIP } from "node:net";
import type { Finding, Severity } from "../../contracts/finding.ts";
import { HostNames } from "../../contracts/host-names.ts";
import { evidenceOf, endsOf } from "./evidence.ts";
import type { Ends } from "./evidence.ts";
import type { Export, ExportModel } from "./export.ts";
import { captureText, fileName, originText } from "./origin.ts";
import { epochMs } from "./times.ts";
import { findingText, fitting } from "./words.ts";
import { visible } from "../../contracts/text-forms.ts";

/** Severity of 0 to 10. */
const SEVERITY: Readonly<Record<Severity, number>> = { info: 1, low: 3, medium: 5, high: 8, critical: 10 };

/** Longest text of one key (the specification's limit of `msg` is 1,023 characters). */
const LONGEST_TEXT = 1023;

/** Common Event Format, version 0: a line for each capture and each finding. Milliseconds. */
export const cef: Export = {
  format: "cef",
  endings: [".cef"],
  text: "findings as Common Event Format lines",
  holds: "findings",
  *write(model) {
    for (const { line } of cefLines(model)) yield `${line}\n`;
  },
};

/** One line, with what a carrier around it must know. */
export interface CefLine {
  readonly line: string;
  readonly ts: bigint | string;
  readonly id: string;
  readonly severity: Severity;
}

type Pair = readonly [key: string, value: string | number | null];

export function* cefLines(model: ExportModel): Generator<CefLine, void> {
  const { origin } = model;
  const hosts = new HostNames(model.report.story.estate);
  const behind = evidenceOf(model);
  for (const capture of origin.captures) {
    if (capture.tsFirst === null || capture.tsLast === null) continue;
    const pairs: Pair[] = [
      ["start", epochMs(capture.tsFirst)],
      ["end", epochMs(capture.tsLast)],
      ["fname", fileName(capture.path)],
      ["fsize", capture.octets],
      ["fileHash", capture.sha256],
      ["msg", `${captureText(capture)}. ${originText(origin)}`],
      ...text(1, "case", origin.caseId),
    ];
    const line = cefLine(origin.version, "BT-CAPTURE", "Capture that the findings rest on", 0, pairs);
    yield { line, ts: capture.tsFirst, id: "BT-CAPTURE", severity: "info" };
  }
  for (const finding of model.findings) {
    const { session, captures } = behind(finding);
    const pairs: Pair[] = [
      ["externalId", finding.id],
      ["rt", epochMs(finding.tsLast)],
      ["start", epochMs(finding.tsFirst)],
      ["end", epochMs(finding.tsLast)],
      ...endpoints(endsOf(finding, session), hosts),
      ["proto", session === null ? null : session.proto.toUpperCase()],
      ["app", session?.services.join(",") ?? null],
      ["suser", finding.user],
      ["outcome", outcomeOf(finding)],
      ["cat", finding.phase],
      ["cnt", finding.count],
      ["msg", findingText(finding)],
      ...text(1, "case", origin.caseId),
      ...text(2, "ATT&CK", finding.attack.join(" ")),
      ...text(3, "capture SHA-256", captures.join(" ")),
      ...text(4, "community id", session?.communityId ?? null),
      ...text(5, "time in ns", finding.tsFirst),
      ...text(6, "object", finding.object),
      ["cn1Label", "confidence in per cent"],
      ["cn1", Math.round(finding.confidence * 100)],
    ];
    const line = cefLine(origin.version, finding.detection, finding.title, SEVERITY[finding.severity], pairs);
    yield { line, ts: finding.tsFirst, id: finding.detection, severity: finding.severity };
  }
}

/** `src` and `dst` are IPv4 only; IPv6 has fields of its own. */
function endpoints({ source, sourcePort, target, targetPort }: Ends, hosts: HostNames): Pair[] {
  const side = (address: string | null, v4: string, v6: string, label: string, host: string): Pair[] => {
    if (address === null) return [];
    const pairs: Pair[] = [[host, hosts.asset(address)?.name ?? null]];
    if (isIP(address) === 4) pairs.push([v4, address]);
    else if (isIP(address) === 6) pairs.push([`${v6}Label`, label], [v6, address]);
    return pairs;
  };
  return [
    ...side(source, "src", "c6a2", "Source IPv6 Address", "shost"),
    ["spt", sourcePort],
    ...side(target, "dst", "c6a3", "Destination IPv6 Address", "dhost"),
    ["dpt", targetPort],
  ];
}

function outcomeOf({ outcome }: Finding): string {
  return outcome === "confirmed" ? "success" : outcome === "refused" ? "failure" : outcome;
}

function text(number: number, label: string, value: string | null): Pair[] {
  return value === null || value === ""
    ? []
    : [
        [`cs${number}Label`, label],
        [`cs${number}`, value],
      ];
}

function cefLine(version: string, id: string, name: string, severity: number, pairs: readonly Pair[]): string {
  const header = ["CEF:0", "Backtrail", "Backtrail", version, id, name].map((field, i) =>
    i === 0 ? field : visible(field).replace(/[\\|]/g, "\\$&"),
  );
  const extension = pairs
    .filter(([, value]) => value !== null && value !== "")
    .map(([key, value]) => `${key}=${extensionValue(String(value))}`);
  return `${header.join("|")}|${severity}|${extension.join(" ")}`;
}

/** Backslash and equals sign escaped; line ends and other controls are shown as escapes before that, so none is left. */
function extensionValue(value: string): string {
  return fitting(visible(value), LONGEST_TEXT).replace(/[\\=]/g, "\\$&");
}
