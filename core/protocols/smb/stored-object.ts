import { reportObjectVersion } from "../object-version.ts";
import type { RecordSink } from "../protocol.ts";
import { createActionName } from "./access-rights.ts";
import { isPipe } from "./pipe-names.ts";
import type { OpenFile } from "./state.ts";

/** What opening makes of a file whose content then is what is written. [MS-SMB2] 2.2.14 CreateAction */
const NEW = new Set(["SUPERSEDED", "CREATED", "OVERWRITTEN"]);

/** Reports what was read or written through a handle that is over. A previous version that was read is told with its time. */
export function reportSmbObject(out: RecordSink, file: OpenFile): void {
  const { name, carried, tree } = file;
  if (name === null || carried === null || isPipe(file) || tree?.shareType === "PRINT") return;
  const isWrite = file.bytesWritten > 0;
  const isNew = file.createAction === null ? null : NEW.has(createActionName(file.createAction));
  const before = isNew === false ? file.size : null;
  const set = file.endOfFile ?? before;
  reportObjectVersion(
    out,
    "smb",
    {
      isWrite,
      share: tree?.path ?? null,
      object: file.snapshot === null ? name : `${name}@${new Date(Number(file.snapshot / 1_000_000n)).toISOString()}`,
      actor: file.session.user,
      isNew: isWrite ? isNew : null,
      size: isWrite ? (set === null ? null : Math.max(set, file.isCut ? 0 : file.writeEnd)) : file.size,
      isAltered: isWrite && file.isCut,
    },
    carried,
  );
}
