import { row } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";

const WORKSTATION = "10.0.0.77";
const MONITOR = "10.0.0.30";
const SERVER = "10.0.0.20";
const WMI = "WMI (WbemLevel1Login)";
const DENIED = { outcome: "refused", status: "0x00000005", fault: true, detail: "access denied" };

/** A call that starts a COM object. */
function activation(
  tables: RecordTables,
  clock: string,
  from: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  return row(tables, "dce_rpc", clock, from, SERVER, {
    "id.resp_p": 135,
    endpoint: "IRemoteSCMActivator",
    opnum: 4,
    operation: "RemoteCreateInstance",
    user: "CORP\\anna",
    target_name: WMI,
    outcome: "confirmed",
    ...fields,
  });
}

/** Stories of COM objects that are asked for on another machine. */
export const ACTIVATIONS: readonly RowStory[] = [
  {
    name: "activation-refused",
    shows:
      "A workstation is denied WMI under one account and let in under another ten minutes later, is denied at the bind without an account, is sent a sealed answer without an object, and a monitor is denied every hour of a day.",
    isAttack: true,
    async write(tables) {
      await activation(tables, "2024-03-01 10:00:00", WORKSTATION, DENIED);
      await activation(tables, "2024-03-01 10:10:00", WORKSTATION, { user: "CORP\\admin" });
      const refusedBind = { opnum: null, operation: null, target_name: null, user: null, outcome: "refused" };
      await activation(tables, "2024-03-01 11:00:00", WORKSTATION, { ...refusedBind, detail: "bind refused" });
      const sealed = { sealed: true, target_name: null, user: "CORP\\guest" };
      await activation(tables, "2024-03-01 11:30:00", WORKSTATION, { ...sealed, response_octets: 16 });
      for (let hour = 0; hour < 24; hour++)
        await activation(tables, `2024-03-01 ${String(hour).padStart(2, "0")}:30:00`, MONITOR, {
          ...DENIED,
          user: "CORP\\monitor",
        });
    },
  },
  {
    name: "activation-let-in",
    shows:
      "A console is denied WMI, and another is refused at the bind, and both are let in a second later; one speaks to a host without DCOM, one asks for a class that is not there, and a certificate request is denied.",
    isAttack: false,
    async write(tables) {
      await activation(tables, "2024-03-01 10:00:00", WORKSTATION, DENIED);
      await activation(tables, "2024-03-01 10:00:01", WORKSTATION, {});
      await activation(tables, "2024-03-01 10:30:00", WORKSTATION, {
        sealed: true,
        target_name: null,
        response_octets: 1064,
      });
      const refusedBind = { opnum: null, operation: null, target_name: null, user: null, outcome: "refused" };
      const unspecified = { ...refusedBind, detail: "bind refused: reason not specified" };
      await activation(tables, "2024-03-01 10:40:00", WORKSTATION, unspecified);
      await activation(tables, "2024-03-01 10:40:01", WORKSTATION, {});
      const noDcom = { ...refusedBind, detail: "bind refused: interface not supported" };
      await activation(tables, "2024-03-01 10:50:00", WORKSTATION, noDcom);
      await activation(tables, "2024-03-01 11:00:00", MONITOR, { outcome: "refused", status: "0x80040154" });
      await activation(tables, "2024-03-01 12:00:00", MONITOR, {
        ...DENIED,
        target_name: "Certificate Authority request",
      });
    },
  },
];
