import type { Severity } from "../../contracts/finding.ts";
import { visible } from "../../contracts/text-forms.ts";
import { cefLines } from "./cef.ts";
import { evidenceOf } from "./evidence.ts";
import type { Export, ExportModel } from "./export.ts";
import { captureText, originText } from "./origin.ts";
import { microsecondTime } from "./times.ts";
import { findingText, fitting } from "./words.ts";

/** Facility local0. */
const FACILITY = 16;

const SEVERITY: Readonly<Record<Severity, number>> = { critical: 2, high: 3, medium: 4, low: 5, info: 6 };

/**
 * Id of the structured data. 32473 is the enterprise number for documentation (RFC 5612), since there is none of our own: no
 * receiver mistakes it for another vendor's.
 */
const SD_ID = "backtrail@32473";

/** Longest text of a message, so that a line fits the 2 kB that receivers over UDP take. */
const LONGEST_TEXT = 1024;

/** Syslog lines of RFC 5424. Microseconds, the most it allows. The host is left out: what wrote the line is no host of the case. */
export const syslog: Export = {
  format: "syslog",
  endings: [".syslog"],
  text: "findings as syslog lines (RFC 5424)",
  holds: "findings",
  *write(model) {
    const { origin } = model;
    for (const capture of origin.captures) {
      if (capture.tsFirst === null) continue;
      const data = structured([
        ["case", origin.caseId],
        ["sha256", capture.sha256],
        ["filter", origin.filter],
      ]);
      const message = `${captureText(capture)}. ${originText(origin)}`;
      yield line("info", capture.tsFirst, "BT-CAPTURE", data, fitting(message, LONGEST_TEXT));
    }
    const behind = evidenceOf(model);
    for (const finding of model.findings) {
      const { session, captures } = behind(finding);
      const data = structured([
        ["case", origin.caseId],
        ["finding", finding.id],
        ["severity", finding.severity],
        ["confidence", finding.confidence.toFixed(2)],
        ["outcome", finding.outcome],
        ["phase", finding.phase],
        ["attack", finding.attack.join(" ")],
        ["source", finding.source],
        ["target", finding.target],
        ["user", finding.user],
        ["ns", finding.tsFirst],
        ["lastNs", finding.tsLast],
        ["communityId", session?.communityId ?? null],
        ["sha256", captures[0] ?? null],
      ]);
      const message = fitting(findingText(finding), LONGEST_TEXT);
      yield line(finding.severity, finding.tsFirst, finding.detection, data, message);
    }
  },
};

/** CEF as the message of syslog lines. */
export const syslogCef: Export = {
  format: "syslog-cef",
  endings: [".cef.syslog"],
  text: "the CEF lines, each in a syslog line",
  holds: "findings",
  *write(model: ExportModel) {
    for (const { line: message, ts, id, severity } of cefLines(model)) yield line(severity, ts, id, "-", message);
  },
};

function line(severity: Severity, ts: bigint | string, id: string, data: string, message: string): string {
  const head = `<${FACILITY * 8 + SEVERITY[severity]}>1 ${microsecondTime(ts)} - backtrail - ${id}`;
  // RFC 5424 6.4: text in UTF-8 begins with a byte order mark; plain ASCII needs none.
  const mark = /^[\u0020-\u007e]*$/.test(message) ? "" : "\ufeff";
  return `${head} ${data} ${mark}${message}\n`;
}

function structured(pairs: readonly (readonly [name: string, value: string | null])[]): string {
  const set = pairs.filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== "");
  // RFC 5424 6.3.3: quote, backslash and closing bracket are escaped.
  const parameters = set.map(
    ([name, value]) => `${name}="${fitting(visible(value), 256).replace(/["\\\]]/g, "\\$&")}"`,
  );
  return `[${[SD_ID, ...parameters].join(" ")}]`;
}
