import type { ByteReader } from "../../bytes/reader.ts";
import type { Protocol, Verdict } from "../protocol.ts";
import { storageLinkRecord } from "../storage-link.ts";
import { UrBackupCommandAnalyzer, UrBackupFilesAnalyzer, UrBackupInternetAnalyzer } from "./analyzer.ts";
import { isChallenge, isCommand, isFileRequest } from "./packet.ts";

const SPECS = [
  "UrBackup 2.5 urbackupcommon/fileclient/tcpstack.cpp, urbackupclient/ClientService.cpp, fileservplugin/CClientThread.cpp",
];

/** Clients of UrBackup that sign in at a server over the Internet: the server begins. */
export const urbackup: Protocol = {
  name: "urbackup",
  specs: SPECS,
  over: ["tcp"],
  ports: [55415],
  probe: (r, { fromOriginator }) => (fromOriginator ? "no" : verdict(isChallenge(r))),
  open: (conn, out) => new UrBackupInternetAnalyzer(conn, out),
  records: [storageLinkRecord],
  weirds: [],
};

/** A server of UrBackup that commands a client in its own network: it opens the connection. */
export const urbackupCommands: Protocol = {
  name: "urbackup_commands",
  specs: SPECS,
  over: ["tcp"],
  ports: [35623],
  probe: (r: ByteReader, { fromOriginator }): Verdict => (fromOriginator ? verdict(isCommand(r)) : "no"),
  open: (conn, out) => new UrBackupCommandAnalyzer(conn, out),
  records: [storageLinkRecord],
  weirds: [],
};

/** A server of UrBackup that fetches a client's files in its own network. */
export const urbackupFiles: Protocol = {
  name: "urbackup_files",
  specs: SPECS,
  over: ["tcp"],
  ports: [35621],
  probe: (r: ByteReader, { fromOriginator }): Verdict => (fromOriginator ? verdict(isFileRequest(r)) : "no"),
  open: (conn, out) => new UrBackupFilesAnalyzer(conn, out),
  records: [storageLinkRecord],
  weirds: [],
};

function verdict(is: boolean | "more"): Verdict {
  return is === "more" ? "more" : is ? "yes" : "no";
}
