import { execFile } from "node:child_process";
import { spawnSync } from "node:child_process";
import type { AgreedField } from "./fields.ts";

export const HAS_TSHARK = spawnSync("tshark", ["--version"]).status === 0;

/** What tshark is to look into besides: commands of IPMI, and TDS on the port of our sample. */
const SETTINGS = ["-o", "ipmi.dissect_bus_commands:TRUE", "-d", "tcp.port==14333,tds"];

const VALUE_SEPARATOR = "\x1f";

/** What tshark says of a capture: by name of the field, its values; fields without values are left out. */
export async function tsharkValues(path: string, fields: readonly AgreedField[]): Promise<Map<string, string[]>> {
  const columns = [...new Set(fields.flatMap(({ tshark }) => tshark))];
  const output = await run("tshark", [
    ...["-n", "-r", path, ...SETTINGS],
    ...["-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", `aggregator=${VALUE_SEPARATOR}`],
    ...columns.flatMap((column) => ["-e", column]),
  ]);
  const byColumn = new Map<string, string[]>(columns.map((column) => [column, []]));
  for (const line of output.split("\n")) {
    if (line === "") continue;
    const cells = line.split("\t");
    columns.forEach((column, i) => {
      const text = cells[i] ?? "";
      if (text !== "") byColumn.get(column)!.push(...text.split(VALUE_SEPARATOR));
    });
  }
  const values = new Map<string, string[]>();
  for (const { name, tshark, theirs = (text: string): string | null => text } of fields) {
    const list = tshark.flatMap((column) => byColumn.get(column)!);
    const own = list.map((text) => theirs(text)).filter((value) => value !== null);
    if (own.length > 0) values.set(name, own);
  }
  return values;
}

/** Its output, also when it ends with an error: what tshark read of a damaged capture counts. */
function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 1 << 28 }, (_error, stdout) => {
      resolve(stdout);
    });
  });
}
