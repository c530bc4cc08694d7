import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { storageLinkRecord } from "../storage-link.ts";
import { VmwareAuthdAnalyzer } from "./analyzer.ts";

const BANNER = "220 VMware Authentication Daemon Version ";

/** The authentication daemon of ESXi on port 902, which carries virtual disks. */
export const vmwareAuthd: Protocol = {
  name: "vmware_authd",
  specs: ["VMware Virtual Disk Development Kit Programming Guide, Virtual Disk Transport Methods"],
  over: ["tcp"],
  ports: [902],
  probe,
  open: (conn, out) => new VmwareAuthdAnalyzer(conn, out),
  records: [storageLinkRecord],
  weirds: [],
};

/** The server speaks first. */
function probe(r: ByteReader, { fromOriginator }: ProbeHint): Verdict {
  if (fromOriginator) return "no";
  for (let i = 0; i < BANNER.length; i++) {
    const octet = r.peekU8(i);
    if (octet < 0) return "more";
    if (octet !== BANNER.charCodeAt(i)) return "no";
  }
  return "yes";
}
