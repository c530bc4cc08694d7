import { isoTime, visible } from "../../contracts/text-forms.ts";
import { evidenceOf } from "./evidence.ts";
import type { Export } from "./export.ts";
import { noteEvents } from "./notes.ts";
import { captureText, originText, TIME_ZONE } from "./origin.ts";
import { SECOND, wholeUnits } from "./times.ts";
import { findingText, fitting, plain, sessionText } from "./words.ts";

const HEADER = "Time|Source|Host|User|Description|TZ|Notes\n";

/** TLN in the form of seven fields (l2tTLN). Whole seconds; the nine digits begin the description. */
export const tln: Export = {
  format: "tln",
  endings: [".tln"],
  text: "a timeline in TLN of seven fields (whole seconds)",
  holds: "sessions",
  async *write(model) {
    yield HEADER;
    const { origin } = model;
    for (const capture of origin.captures) {
      if (capture.tsFirst !== null)
        yield line(capture.tsFirst, "", "", `Capture Start; ${captureText(capture)}`, originText(origin));
    }
    const behind = evidenceOf(model);
    for (const finding of model.findings) {
      const { captures } = behind(finding);
      const text = fitting(findingText(finding), 32_000);
      const notes = [
        finding.id,
        finding.detection,
        finding.severity,
        ...finding.attack,
        `case ${origin.caseId}`,
        ...captures.map((hash) => `SHA-256 ${hash}`),
      ].join(", ");
      const [host, user] = [finding.source ?? "", finding.user ?? ""];
      yield line(finding.tsFirst, host, user, `Finding Start; ${text}`, notes);
      if (finding.tsLast !== finding.tsFirst) yield line(finding.tsLast, host, user, `Finding End; ${text}`, notes);
    }
    for (const { ts, type, text, finding, by, written } of noteEvents(model, 32_000))
      yield line(
        ts,
        "",
        by,
        `${type}; ${text}`,
        [finding ?? "", `written ${written}`, `case ${origin.caseId}`].join(", "),
      );
    if (model.sessions === null) return;
    for await (const batch of model.sessions()) {
      for (const session of batch) {
        const text = fitting(sessionText(session), 32_000);
        const notes = `${session.uid}, capture ${session.capture}, frames ${session.frame} to ${session.lastFrame}`;
        yield line(session.first, session.source, "", `Session Start; ${text}`, notes);
        yield line(session.last, session.source, "", `Session End; ${text}`, notes);
      }
    }
  },
};

function line(ts: bigint | string, host: string, user: string, description: string, notes: string): string {
  const fields = [
    String(wholeUnits(ts, SECOND)),
    "NET",
    host,
    user,
    `${isoTime(ts)}; ${description}`,
    TIME_ZONE,
    notes,
  ];
  return `${fields.map((field) => plain(visible(field)).replaceAll("|", " ")).join("|")}\n`;
}
