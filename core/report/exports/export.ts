import type { Finding } from "../../contracts/finding.ts";
import type { ReportModel } from "../model.ts";
import type { Origin } from "./origin.ts";

/** One form of export. A new one is a file and a line in `index.ts`. */
export interface Export {
  /** Its name for `--format`. */
  readonly format: string;
  /** Endings of file names that ask for it, lower case. */
  readonly endings: readonly string[];
  /** What it is, for the help. */
  readonly text: string;
  /** All of the report whatever is asked for; the findings asked for; connections too; or acts on files and no findings. */
  readonly holds: "all" | "findings" | "sessions" | "files";
  /** The file, piece by piece. The same model gives the same octets. */
  write(model: ExportModel): AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;
}

/** What exports say: the report's model, the findings chosen from it, and where they happened on the wire. */
export interface ExportModel {
  readonly report: ReportModel;
  readonly origin: Origin;
  /** The findings that were asked for, in time order. */
  readonly findings: readonly Finding[];
  /** Connections behind the findings' listed records, by `uid`. */
  readonly behind: ReadonlyMap<string, Session>;
  /** Every connection that was asked for, in time order; null if only findings were. */
  readonly sessions: (() => AsyncIterable<readonly Session[]>) | null;
  /** What was done to files over SMB and NFS, in time order. */
  readonly fileActs: () => AsyncIterable<readonly FileAct[]>;
}

/** A connection. */
export interface Session {
  readonly uid: string;
  /** ns since 1970 UTC. */
  readonly first: bigint;
  readonly last: bigint;
  /** Transport, in lower case. */
  readonly proto: string;
  readonly ipProto: number | null;
  /** Recognised protocols, outer first. */
  readonly services: readonly string[];
  readonly source: string;
  readonly sourcePort: number;
  readonly target: string;
  readonly targetPort: number;
  readonly sourceMac: string | null;
  readonly targetMac: string | null;
  /** Payload; null where it is not known. */
  readonly sourceOctets: number | null;
  readonly targetOctets: number | null;
  readonly sourcePackets: number | null;
  readonly targetPackets: number | null;
  /** Zeek's conn_state. */
  readonly state: string | null;
  readonly communityId: string | null;
  readonly capture: number;
  readonly frame: number;
  readonly lastCapture: number;
  readonly lastFrame: number;
}

/** Something that a server of files did as it was asked. */
export interface FileAct {
  readonly ts: bigint;
  readonly server: string;
  /** Share or export, with the path in it; as the wire names them. */
  readonly path: string;
  readonly newPath: string | null;
  readonly act: "read" | "write" | "create" | "rename" | "delete" | "change";
  readonly octets: number | null;
  /** Size of the file where the wire tells it. */
  readonly size: number | null;
  readonly user: string | null;
}
