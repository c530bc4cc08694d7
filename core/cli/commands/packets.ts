import { countOf } from "../../contracts/text-forms.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { CarveRequest } from "../../engine/carve-packets.ts";
import { carvePackets } from "../../engine/carve-packets.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

interface PacketsOptions {
  readonly case: string;
  readonly session?: string;
  readonly finding?: string;
  readonly filter?: string;
  readonly whole?: boolean;
  readonly headersOnly?: boolean;
  readonly out: string;
  readonly json?: boolean;
}

export function packetsCommand() {
  return command(
    "packets",
    "carve exactly the packets of a session, a finding or a filter",
    "backtrail packets --case ./incident-7 --finding F-275f3d60e1b9 --out proof.pcapng",
  )
    .addOption(caseOption())
    .option("--session <uid>", "all packets of one connection")
    .option("--finding <id>", "the packets of a finding's records")
    .option("--filter <filter>", "the packets of the records that a filter fits (docs/filter.md)")
    .option("--whole", "with --finding or --filter: all packets of the connections they belong to")
    .option(
      "--headers-only",
      "cut each packet behind its headers: nothing that it carried leaves the house (docs/report.md)",
    )
    .requiredOption("--out <file>", "file to write: pcapng with comments, or a classic pcap if the name ends in .pcap")
    .addOption(jsonOption())
    .action(async (options: PacketsOptions) => {
      const request = requestOf(options);
      const result = await withCase(options.case, (opened) => {
        opened.notes.forEach(note);
        return carvePackets(opened, request, options.out);
      });
      if (options.json === true) printJson(result);
      else print(`${result.path}  ${countOf(result.frames, "packet")}, SHA-256 ${result.sha256}\n`);
    });
}

function requestOf({ session, finding, filter, whole = false, headersOnly = false }: PacketsOptions): CarveRequest {
  const requests: CarveRequest[] = [];
  if (session !== undefined) requests.push({ session, headersOnly });
  if (finding !== undefined) requests.push({ finding, whole, headersOnly });
  if (filter !== undefined) requests.push({ filter, whole, headersOnly });
  const [request] = requests;
  if (request === undefined || requests.length > 1) {
    throw new BacktrailError("usage", "Say which packets: one of --session, --finding and --filter.");
  }
  return request;
}
