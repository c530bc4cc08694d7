import { writeFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { ioProblem } from "../../case/io-problem.ts";
import { countOf, isoTime } from "../../contracts/text-forms.ts";
import type { StreamPiece } from "../../engine/follow-stream.ts";
import { followStream } from "../../engine/follow-stream.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, positive } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

type Form = "text" | "hex" | "raw";

interface StreamOptions {
  readonly case: string;
  readonly as: Form;
  readonly side?: "originator" | "responder";
  readonly limit: number;
  readonly out?: string;
  readonly json?: boolean;
}

export function streamCommand() {
  return command(
    "stream",
    "follow a stream: both directions of a connection",
    "backtrail stream --case ./incident-7 C4J4Th3PJpwU --as hex",
  )
    .argument("<uid>", "uid of the connection")
    .addOption(caseOption())
    .option("--as <form>", "text, hex or raw", formOf, "text")
    .option("--side <side>", "only what this side sent: originator or responder", sideOf)
    .option("--limit <octets>", "octets at the most", positive, 1_000_000)
    .option("--out <file>", "write it to a file")
    .option("--json", "one JSON document, payload as base64")
    .action(async (uid: string, options: StreamOptions) => {
      const stream = await withCase(options.case, (opened) => {
        opened.notes.forEach(note);
        return followStream(opened, uid, options.limit);
      });
      const wanted = stream.pieces.filter(
        (piece) => options.side === undefined || piece.fromOriginator === (options.side === "originator"),
      );
      if (options.json === true) {
        const pieces = wanted.map(({ ts, fromOriginator, bytes, lost }) => ({
          ts: isoTime(ts),
          from: fromOriginator ? "originator" : "responder",
          ...(bytes === null ? { lost } : { base64: Buffer.from(bytes).toString("base64") }),
        }));
        printJson({ ...stream, pieces });
        return;
      }
      const ends = `${stream.origH}:${stream.origP} > ${stream.respH}:${stream.respP} ${stream.proto}`;
      if (options.as === "raw") {
        const raw = Buffer.concat(wanted.map(({ bytes }) => bytes ?? new Uint8Array(0)));
        if (options.out !== undefined) save(options.out, raw);
        else process.stdout.write(raw);
      } else {
        const text = `${ends}\n${wanted.map((piece) => pieceText(piece, options.as)).join("")}`;
        if (options.out !== undefined) save(options.out, text);
        else print(text);
      }
      if (stream.cut) note(`Only the first ${countOf(options.limit, "octet")} are shown: --limit shows more.`);
    });
}

function save(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw ioProblem(error, `writing ${path}`);
  }
}

function pieceText(piece: StreamPiece, form: Form): string {
  const arrow = piece.fromOriginator ? ">>" : "<<";
  const head = `\n${arrow} ${isoTime(piece.ts)}  `;
  if (piece.bytes === null) return `${head}${countOf(piece.lost, "octet")} not captured\n`;
  const body = form === "hex" ? hexDump(piece.bytes) : printable(piece.bytes);
  return `${head}${countOf(piece.bytes.length, "octet")}\n${body}`;
}

/** Text with everything that is not printable ASCII as a dot; line breaks stay. */
function printable(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) text += octet === 10 ? "\n" : octet === 13 ? "" : letterOf(octet);
  return text.endsWith("\n") ? text : `${text}\n`;
}

function letterOf(octet: number): string {
  return octet >= 32 && octet < 127 ? String.fromCharCode(octet) : ".";
}

function hexDump(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = [...row].map((octet) => octet.toString(16).padStart(2, "0")).join(" ");
    text += `${at.toString(16).padStart(8, "0")}  ${hex.padEnd(47)}  ${Array.from(row, letterOf).join("")}\n`;
  }
  return text;
}

function formOf(value: string): Form {
  if (value === "text" || value === "hex" || value === "raw") return value;
  throw new InvalidArgumentError("It must be text, hex or raw.");
}

function sideOf(value: string): "originator" | "responder" {
  if (value === "originator" || value === "responder") return value;
  throw new InvalidArgumentError("It must be originator or responder.");
}
