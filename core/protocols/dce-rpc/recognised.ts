import { ByteReader } from "../../bytes/reader.ts";
import { bstr, iWbemServices } from "./interfaces/i-wbem-services.ts";
import { lsarpc } from "./interfaces/lsarpc.ts";
import { netlogon } from "./interfaces/netlogon.ts";
import { samr } from "./interfaces/samr.ts";
import { svcctl } from "./interfaces/svcctl.ts";
import { taskScheduler } from "./interfaces/task-scheduler.ts";
import { winreg } from "./interfaces/winreg.ts";
import { NdrReader } from "./ndr.ts";
import { skipOrpcThis } from "./orpc.ts";

/** Most contexts of one association that are remembered. */
const MOST_CONTEXTS = 64;

/** An interface, and how its arguments are marshalled. */
interface Known {
  readonly uuid: string;
  /** True for NDR64. */
  readonly is64: boolean;
}

/** What a request must say to be a call of one interface and no other. */
interface Sign {
  readonly uuid: string;
  readonly opnums: readonly number[];
  readonly fits: (ndr: NdrReader) => boolean;
}

/** Names that only secrets of the local security authority have. [MS-LSAD] 3.1.1.4 */
const SECRET = /^((G|L|M)\$\S|\$MACHINE\.ACC$|NL\$KM$|DPAPI_SYSTEM$|DefaultPassword$|_SC_\S)/;
/** What a service runs: a program's path, a driver's, or a command interpreter. */
const BINARY_PATH = /(\.(exe|sys|dll|bat|cmd)\b|%comspec%|^[a-z]:\\|\\systemroot\\|system32\\)/i;
/** Keys that lie right under a hive's root, with what is below them. */
const ROOT_KEY = /^(SYSTEM|SOFTWARE|SAM|SECURITY)(\\\S|$)/i;

/** Classes of WMI whose methods are called, as they begin. */
const WMI_CLASS = /^(\\\\[^\\]+\\)?([\w\\]+:)?(Win32_|StdRegProv|CIM_|MSFT_|__)\w*/i;

/** A domain of Windows, or the accounts that every machine has. [MS-DTYP] 2.4.2.4 */
const DOMAIN_SID = /^S-1-5-(21-\d+-\d+-\d+|32$)/;
/** Most SIDs of one call. [MS-LSAT] 2.2.17 */
const MOST_SIDS = 20_480;

const SIGNS: readonly Sign[] = [
  {
    uuid: lsarpc.uuid,
    opnums: [16, 28, 42, 43],
    fits: (ndr) => {
      ndr.handle();
      return SECRET.test(ndr.unicodeString());
    },
  },
  {
    // LsarLookupSids: how many, then an array of as many. [MS-LSAT] 3.1.4.10, 3.1.4.11
    uuid: lsarpc.uuid,
    opnums: [15, 57],
    fits: (ndr) => {
      ndr.handle();
      const entries = ndr.u32();
      if (entries === 0 || entries > MOST_SIDS || !ndr.pointer() || ndr.count() !== entries) return false;
      for (let i = 0; i < entries && !ndr.truncated; i++) if (!ndr.pointer()) return false;
      return DOMAIN_SID.test(ndr.sid());
    },
  },
  {
    // SamrOpenDomain: the rights asked for, then the domain. [MS-SAMR] 3.1.5.1.5
    uuid: samr.uuid,
    opnums: [7],
    fits: (ndr) => {
      ndr.handle();
      ndr.u32();
      return DOMAIN_SID.test(ndr.sid()) && ndr.left < 4;
    },
  },
  {
    uuid: svcctl.uuid,
    opnums: [12, 45, 60],
    fits: (ndr) => createsService(ndr, true),
  },
  {
    uuid: svcctl.uuid,
    opnums: [24, 44],
    fits: (ndr) => createsService(ndr, false),
  },
  {
    uuid: winreg.uuid,
    opnums: [6, 15],
    fits: (ndr) => {
      ndr.handle();
      return ROOT_KEY.test(ndr.unicodeString());
    },
  },
  {
    // NetrServerAuthenticate2 and 3: server, account, kind of channel, computer. [MS-NRPC] 3.5.4.4.2
    uuid: netlogon.uuid,
    opnums: [15, 26],
    fits: (ndr) => {
      ndr.uniqueWideString();
      const account = ndr.wideString();
      const channel = ndr.u16();
      return (
        /^[\w.-]{1,64}\$$/.test(account) && channel >= 2 && channel <= 7 && /^[\w.-]{1,64}$/.test(ndr.wideString())
      );
    },
  },
  {
    // ExecQuery: the language, then the query. [MS-WMI] 3.1.4.3.18
    uuid: iWbemServices.uuid,
    opnums: [20, 21],
    fits: (ndr) => {
      skipOrpcThis(ndr);
      return bstr(ndr) === "WQL";
    },
  },
  {
    // ExecMethod: an object or class, then the method. [MS-WMI] 3.1.4.3.22
    uuid: iWbemServices.uuid,
    opnums: [24, 25],
    fits: (ndr) => {
      skipOrpcThis(ndr);
      return WMI_CLASS.test(bstr(ndr) ?? "") && /^[A-Z]\w{1,60}$/i.test(bstr(ndr) ?? "");
    },
  },
  {
    uuid: taskScheduler.uuid,
    opnums: [1],
    fits: (ndr) => {
      ndr.uniqueWideString();
      return /^\s*(<\?xml|<Task\b)/.test(ndr.wideString());
    },
  },
];

/** Handle, name, display name, access, type, start, error control, then the program. [MS-SCMR] 3.1.4.12, 3.1.4.22 */
function createsService(ndr: NdrReader, isWide: boolean): boolean {
  ndr.handle();
  const name = isWide ? ndr.wideString() : ndr.narrowString();
  if (isWide) ndr.uniqueWideString();
  else ndr.uniqueNarrowString();
  for (let i = 0; i < 4; i++) ndr.u32();
  const path = isWide ? ndr.wideString() : ndr.narrowString();
  return name !== "" && BINARY_PATH.test(path);
}

function recognise(opnum: number, littleEndian: boolean, bytes: Uint8Array, start: number, end: number): Known | null {
  for (const { uuid, opnums, fits } of SIGNS) {
    if (!opnums.includes(opnum)) continue;
    for (const is64 of [false, true]) {
      const ndr = new NdrReader(new ByteReader(bytes, start, end), littleEndian, is64);
      if (fits(ndr) && !ndr.truncated) return { uuid, is64 };
    }
  }
  return null;
}

/**
 * Interfaces of a capture that begins after the bind, told by what a request says in clear: few arguments fit one
 * interface alone, but from then on all calls of that context are known.
 */
export class Recognised {
  readonly #byContext = new Map<number, Known>();

  /** @param bytes Octets of the request's first fragment, `[start, end)`. */
  contextFor(
    contextId: number,
    opnum: number,
    littleEndian: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Known | null {
    const known = this.#byContext.get(contextId);
    if (known !== undefined) return known;
    const found = recognise(opnum, littleEndian, bytes, start, end);
    if (found !== null && this.#byContext.size < MOST_CONTEXTS) this.#byContext.set(contextId, found);
    return found;
  }
}
