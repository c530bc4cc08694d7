import { HIDDEN_CHARACTERS, LONE_SURROGATES } from "../../contracts/text-forms.ts";
import type { Export, FileAct } from "./export.ts";
import { captureText, originText } from "./origin.ts";
import { SECOND, wholeUnits } from "./times.ts";

/**
 * Body file of The Sleuth Kit, version 3: a line for each act on a file that a server confirmed, with the one time that the act proves
 * (read: access; write: modification; create: creation; the rest: change of the file's entry). Zero stands for "not known". Whole seconds:
 * mactime reads a fraction as no time at all.
 * The first lines, without times, say where it comes from.
 */
export const bodyfile: Export = {
  format: "bodyfile",
  endings: [".bodyfile", ".body"],
  text: "acts on files over SMB and NFS as a body file (for mactime)",
  holds: "files",
  async *write(model) {
    const { origin } = model;
    yield line(`[${originText(origin)}]`, 0, {});
    for (const capture of origin.captures) yield line(`[${captureText(capture)}]`, capture.octets, {});
    for await (const batch of model.fileActs()) for (const act of batch) yield actLine(act);
  },
};

type Times = Partial<Record<"atime" | "mtime" | "ctime" | "crtime", bigint>>;

const PROVES: Readonly<Record<FileAct["act"], keyof Times>> = {
  read: "atime",
  write: "mtime",
  create: "crtime",
  rename: "ctime",
  delete: "ctime",
  change: "ctime",
};

function actLine(act: FileAct): string {
  const note =
    act.act === "rename" && act.newPath !== null
      ? ` (renamed to ${act.newPath})`
      : act.act === "delete"
        ? " (deleted)"
        : act.act === "change"
          ? " (attributes or size set)"
          : "";
  return line(`//${act.server}/${act.path.replace(/^[\\/]+/, "")}${note}`, act.size ?? 0, {
    [PROVES[act.act]]: act.ts,
  });
}

function line(name: string, size: number, { atime, mtime, ctime, crtime }: Times): string {
  const times = [atime, mtime, ctime, crtime].map((time) =>
    time === undefined ? "0" : String(wholeUnits(time, SECOND)),
  );
  return ["0", escaped(name), "0", "0", "0", "0", String(size), ...times].join("|").concat("\n");
}

const UNPRINTABLE = new RegExp(`[\\u0000-\\u001f${HIDDEN_CHARACTERS}]|${LONE_SURROGATES}`, "g");

/** A backslash doubled, what cannot be printed as `\xNN` of its UTF-8 octets; no field separator. */
function escaped(name: string): string {
  return name
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "_")
    .replace(UNPRINTABLE, (character) =>
      [...Buffer.from(character, "utf8")].map((octet) => `\\x${octet.toString(16).padStart(2, "0")}`).join(""),
    );
}
