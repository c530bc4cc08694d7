import type { ByteReader } from "../../bytes/reader.ts";
import type { Protocol, Verdict } from "../protocol.ts";
import { SshAnalyzer } from "./analyzer.ts";
import { SSH_RECORD } from "./records.ts";
import { SSH_WEIRDS } from "./weirds.ts";

const BEGINNING = "SSH-";

/** SSH 1 and 2. */
export const ssh: Protocol = {
  name: "ssh",
  specs: ["RFC 4251", "RFC 4252", "RFC 4253"],
  over: ["tcp"],
  ports: [22],
  probe,
  open: (conn, out) => new SshAnalyzer(conn, out),
  records: [SSH_RECORD],
  weirds: SSH_WEIRDS,
};

/** "SSH-", a digit, and a dot. RFC 4253 4.2 */
function probe(r: ByteReader): Verdict {
  for (let i = 0; i < BEGINNING.length; i++) {
    const octet = r.peekU8(i);
    if (octet < 0) return "more";
    if (octet !== BEGINNING.charCodeAt(i)) return "no";
  }
  if (r.left < BEGINNING.length + 2) return "more";
  const major = r.peekU8(BEGINNING.length) - 0x30;
  return (major === 1 || major === 2) && r.peekU8(BEGINNING.length + 1) === 0x2e ? "yes" : "no";
}
