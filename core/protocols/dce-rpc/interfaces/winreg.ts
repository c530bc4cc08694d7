import type { NdrReader } from "../ndr.ts";
import type { ArgumentReader, CallView } from "./interface.ts";
import { closesHandle, forAll, opensHandle, opensHandleAtEnd, operations, targetByHandle } from "./interface.ts";

/** Most octets of a value that are shown. */
const SHOWN = 1024;

const opensRoot =
  (name: string): ArgumentReader =>
  (_ndr, call) => {
    call.facts.target = name;
  };

function keyUnder(ndr: NdrReader, call: CallView): string {
  const root = call.handles.read(ndr);
  const subKey = ndr.unicodeString();
  if (root === null) return subKey;
  return subKey === "" ? root : `${root}\\${subKey}`;
}

/** A key handle, then the name of a key below it. [MS-RRP] 3.1.5.15 */
const subKey: ArgumentReader = (ndr, call) => {
  call.facts.target = keyUnder(ndr, call);
};

/** A key handle, then the name of a value. [MS-RRP] 3.1.5.17 */
const valueName: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  const name = ndr.unicodeString();
  if (!ndr.truncated) call.facts.detail = `value "${name}"`;
};

/** [MS-RRP] 3.1.5.22 */
const setValue: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  const name = ndr.unicodeString();
  const type = ndr.u32();
  const octets = ndr.count();
  if (ndr.truncated) return;
  call.facts.detail = `value "${name}" = ${valueText(ndr, type, Math.min(octets, ndr.left))}`;
};

/** Registry value as text. [MS-RRP] 3.1.1.5 */
function valueText(ndr: NdrReader, type: number, octets: number): string {
  const shown = Math.min(octets, SHOWN);
  switch (type) {
    case 1:
    case 2:
    case 7: {
      const text = ndr.octets.utf16le(shown).replace(/(?<!\0)\0+$/, "");
      return `"${text.replaceAll("\0", " | ")}"`;
    }
    case 4:
      return octets >= 4 ? String(ndr.octets.u32le()) : `${octets} octets`;
    case 11:
      return octets >= 8 ? String(ndr.octets.u64le()) : `${octets} octets`;
    default:
      return `${octets} octets, type ${type}`;
  }
}

/** A key handle, then the file that the hive goes to or comes from. [MS-RRP] 3.1.5.20 */
const hiveFile: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  const file = ndr.unicodeString();
  if (!ndr.truncated) call.facts.detail = `file ${file}`;
};

/** [MS-RRP] 3.1.5.13 */
const loadKey: ArgumentReader = (ndr, call) => {
  call.facts.target = keyUnder(ndr, call);
  const file = ndr.unicodeString();
  if (!ndr.truncated) call.facts.detail = `file ${file}`;
};

const index: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  const at = ndr.u32();
  if (!ndr.truncated) call.facts.detail = `index ${at}`;
};

/** [MS-RRP] 3.1.5.24 */
const shutdown: ArgumentReader = (ndr, call) => {
  if (ndr.pointer()) ndr.u16();
  const message = ndr.pointer() ? ndr.unicodeString() : "";
  const seconds = ndr.u32();
  ndr.u8(); // Force
  const reboot = ndr.u8();
  if (ndr.truncated) return;
  call.facts.detail = `${reboot === 0 ? "shut down" : "reboot"} in ${seconds} s${message === "" ? "" : `, "${message}"`}`;
};

/** Remote registry. [MS-RRP] */
export const winreg = {
  uuid: "338cd001-2244-31f1-aaaa-900038001003",
  name: "winreg",
  pipes: ["winreg"],
  operations: operations(`
    OpenClassesRoot OpenCurrentUser OpenLocalMachine OpenPerformanceData OpenUsers BaseRegCloseKey BaseRegCreateKey
    BaseRegDeleteKey BaseRegDeleteValue BaseRegEnumKey BaseRegEnumValue BaseRegFlushKey BaseRegGetKeySecurity
    BaseRegLoadKey BaseRegNotifyChangeKeyValue BaseRegOpenKey BaseRegQueryInfoKey BaseRegQueryValue BaseRegReplaceKey
    BaseRegRestoreKey BaseRegSaveKey BaseRegSetKeySecurity BaseRegSetValue BaseRegUnLoadKey BaseInitiateSystemShutdown
    BaseAbortSystemShutdown BaseRegGetVersion OpenCurrentConfig OpenDynData BaseRegQueryMultipleValues
    BaseInitiateSystemShutdownEx BaseRegSaveKeyEx OpenPerformanceText OpenPerformanceNlsText
    BaseRegQueryMultipleValues2 BaseRegDeleteKeyEx`),
  requests: {
    ...forAll([11, 12, 14, 16, 21, 26, 29, 34], targetByHandle),
    ...forAll([6, 7, 15, 23, 35], subKey),
    ...forAll([8, 17], valueName),
    ...forAll([19, 20, 31], hiveFile),
    ...forAll([9, 10], index),
    ...forAll([24, 30], shutdown),
    0: opensRoot("HKCR"),
    1: opensRoot("HKCU"),
    2: opensRoot("HKLM"),
    3: opensRoot("HKPD"),
    4: opensRoot("HKU"),
    5: closesHandle,
    13: loadKey,
    22: setValue,
    27: opensRoot("HKCC"),
  },
  responses: {
    ...forAll([0, 1, 2, 3, 4, 15, 27], opensHandleAtEnd),
    6: opensHandle,
  },
} as const;
