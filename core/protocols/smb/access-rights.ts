/** Access rights by bit. [MS-SMB2] 2.2.13.1 */
const RIGHTS: readonly [bit: number, name: string][] = [
  [0x00000001, "READ_DATA"],
  [0x00000002, "WRITE_DATA"],
  [0x00000004, "APPEND_DATA"],
  [0x00000008, "READ_EA"],
  [0x00000010, "WRITE_EA"],
  [0x00000020, "EXECUTE"],
  [0x00000040, "DELETE_CHILD"],
  [0x00000080, "READ_ATTRIBUTES"],
  [0x00000100, "WRITE_ATTRIBUTES"],
  [0x00010000, "DELETE"],
  [0x00020000, "READ_CONTROL"],
  [0x00040000, "WRITE_DAC"],
  [0x00080000, "WRITE_OWNER"],
  [0x00100000, "SYNCHRONIZE"],
  [0x01000000, "ACCESS_SYSTEM_SECURITY"],
  [0x02000000, "MAXIMUM_ALLOWED"],
  [0x10000000, "GENERIC_ALL"],
  [0x20000000, "GENERIC_EXECUTE"],
  [0x40000000, "GENERIC_WRITE"],
  [0x80000000, "GENERIC_READ"],
];

const KNOWN = new Map<number, readonly string[]>();
const MAX_KNOWN = 256;

/** Names of the rights in an access mask, in order of their bits. */
export function accessRights(mask: number): readonly string[] {
  const known = KNOWN.get(mask);
  if (known !== undefined) return known;
  const names = RIGHTS.filter(([bit]) => (mask & bit) !== 0).map(([, name]) => name);
  if (KNOWN.size < MAX_KNOWN) KNOWN.set(mask, names);
  return names;
}

const DISPOSITIONS = ["SUPERSEDE", "OPEN", "CREATE", "OPEN_IF", "OVERWRITE", "OVERWRITE_IF"] as const;

/** Name of a CreateDisposition. [MS-SMB2] 2.2.13 */
export function dispositionName(disposition: number): string {
  return DISPOSITIONS[disposition] ?? `UNKNOWN_${disposition}`;
}

const CREATE_ACTIONS = ["SUPERSEDED", "OPENED", "CREATED", "OVERWRITTEN"] as const;

/** Name of a CreateAction. [MS-SMB2] 2.2.14 */
export function createActionName(action: number): string {
  return CREATE_ACTIONS[action] ?? `UNKNOWN_${action}`;
}

/** The file is deleted when its last handle is closed. [MS-SMB2] 2.2.13 CreateOptions */
export const FILE_DELETE_ON_CLOSE = 0x1000;
export const FILE_DIRECTORY_FILE = 0x1;
export const FILE_ATTRIBUTE_DIRECTORY = 0x10;
