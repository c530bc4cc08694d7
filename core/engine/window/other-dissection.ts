import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PcapngWriter } from "../../capture/pcapng-writer.ts";
import type { FieldNode, OtherDissection } from "../../contracts/window.ts";
import { TOOL } from "../version.ts";
import type { EvidenceFrame } from "./evidence-frames.ts";

/** What tshark may take for one frame, and the most that it may say. */
const MOST_MS = 10_000;
const MOST_OCTETS = 4 * 1024 * 1024;
const MOST_NODES = 4000;

/**
 * One frame as tshark reads it, for a second opinion. The frame alone is given to it, so what lies in other frames (a message's
 * beginning, keys) is not known to it.
 */
export async function otherDissection(frame: EvidenceFrame): Promise<OtherDissection> {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-frame-"));
  try {
    const path = join(folder, "frame.pcapng");
    const file = await PcapngWriter.create(path, { application: `${TOOL.name} ${TOOL.version}`, comments: [] });
    const id = await file.addInterface({
      linkType: frame.linkType,
      snapLength: 0,
      name: null,
      description: null,
      comments: [],
    });
    await file.frame(id, frame.ts, frame.wireLength, frame.bytes, []);
    await file.close();
    const { text, problem } = await run(["-n", "-r", path, "-T", "pdml"]);
    if (problem !== null) return { fields: [], note: problem };
    return { fields: fieldsOfPdml(text), note: "tshark read this frame alone, without those before it." };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(args: readonly string[]): Promise<{ text: string; problem: string | null }> {
  return new Promise((resolve) => {
    const child = spawn("tshark", args, { stdio: ["ignore", "pipe", "ignore"], timeout: MOST_MS });
    const parts: Buffer[] = [];
    let octets = 0;
    child.stdout.on("data", (part: Buffer) => {
      octets += part.length;
      if (octets > MOST_OCTETS) child.kill();
      else parts.push(part);
    });
    child.on("error", (error: NodeJS.ErrnoException) =>
      resolve({
        text: "",
        problem:
          error.code === "ENOENT"
            ? "tshark is not installed here; with it, its own tree of the packet stands beside ours."
            : `tshark could not be started (${error.message}).`,
      }),
    );
    child.on("close", (code) =>
      resolve({
        text: Buffer.concat(parts).toString("utf8"),
        problem: code === 0 ? null : `tshark gave nothing for this frame (it ended with ${code ?? "a signal"}).`,
      }),
    );
  });
}

const TAG = /<(\/?)(proto|field)\b([^>]*?)(\/?)>/g;
const ATTRIBUTE = /(?<![\w.:])([\w.:]+)="([^"]*)"/g;

interface Open {
  label: string;
  from: number;
  to: number;
  children: FieldNode[];
}

/** The tree in tshark's PDML. It is XML made by a program, with every `<` and `"` of a value escaped. */
export function fieldsOfPdml(text: string): FieldNode[] {
  const root: Open = { label: "", from: 0, to: 0, children: [] };
  const open: Open[] = [root];
  let nodes = 0;
  for (const [, slash, tag, attributes = "", empty] of text.matchAll(TAG)) {
    if (slash === "/") {
      if (open.length > 1) close(open);
      continue;
    }
    if (++nodes > MOST_NODES) break;
    const of = Object.fromEntries([...attributes.matchAll(ATTRIBUTE)].map(([, name, value]) => [name!, plain(value!)]));
    const from = Number(of["pos"] ?? 0);
    const label = of["showname"] || of["show"] || of["name"] || (tag ?? "");
    open.push({ label: of["hide"] === "yes" ? "" : label, from, to: from + Number(of["size"] ?? 0), children: [] });
    if (empty === "/") close(open);
  }
  while (open.length > 1) close(open);
  return root.children.filter(({ label }) => !label.startsWith("General information"));
}

function close(open: Open[]): void {
  const { label, from, to, children } = open.pop()!;
  const cut = label.indexOf(": ");
  const [name, value] = cut > 0 && cut < 80 ? [label.slice(0, cut), label.slice(cut + 2)] : [label, ""];
  if (label !== "") open.at(-1)!.children.push({ label: name, value, from, to, children });
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function plain(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
