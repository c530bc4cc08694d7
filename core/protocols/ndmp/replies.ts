import type { ByteReader } from "../../bytes/reader.ts";
import { xdrString } from "./header.ts";
import { errorName } from "./messages.ts";
import { address, environment } from "./requests.ts";
import type { NdmpRow } from "./records.ts";

/** Messages whose reply has no error of its own before its body. */
const WITHOUT_ERROR: ReadonlySet<number> = new Set([0x902]);

/** Since version 3 their error comes behind a word that says which fields are of no use. */
const WITH_VALIDITY: ReadonlySet<number> = new Set([0x302, 0x400]);

/** Reads a reply into the row of its request. @param error Of the header; the body's own counts where that has none. */
export function readReply(code: number, error: number, r: ByteReader, version: number, row: NdmpRow): void {
  if (version >= 3 && WITH_VALIDITY.has(code)) r.skip(Math.min(4, r.left));
  const own = error === 0 && !WITHOUT_ERROR.has(code) && r.left >= 4 ? r.u32be() : error;
  row.outcome = own === 0 ? "granted" : "refused";
  row.error = own === 0 ? null : errorName(own);
  if (own !== 0 || r.left === 0) return;
  switch (code) {
    case 0x100:
      row.hostname = xdrString(r);
      row.os = [xdrString(r), xdrString(r)].filter((part) => part !== "").join(" ");
      break;
    case 0x105:
    case 0x106:
    case 0x107:
    case 0x104:
      row.entries = r.u32be();
      break;
    case 0x108:
      row.vendor = xdrString(r);
      row.product = xdrString(r);
      row.revision = xdrString(r);
      break;
    case 0x304:
    case 0x305:
      row.octets = r.u32be();
      break;
    case 0x404:
      row.environment = environment(r);
      break;
    case 0x409:
    case 0xa01:
      row.address = address(r, version);
      break;
    default:
  }
}
