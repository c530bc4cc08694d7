import { row } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";

const CONTROLLER = "10.0.0.5";
const STRANGER = "10.0.0.77";
const DOMAIN = "DC=corp,DC=example";

/** A directory write that was answered; `second` of noon on 1 March. */
function written(
  tables: RecordTables,
  second: number,
  opcode: "add" | "modify",
  dn: string,
  values: readonly string[],
  fields: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const kind = opcode === "add" ? "add" : "replace";
  return row(tables, "ldap", `2024-03-01 12:00:0${second}`, STRANGER, CONTROLLER, {
    "id.resp_p": 389,
    opcode,
    dn: `${dn},${DOMAIN}`,
    values,
    changes: values.map((value) => `${kind} ${value.split("=")[0]}`),
    result: "success",
    result_code: 0,
    user: "CORP\\g.dahl",
    ...fields,
  });
}

/** Stories of the directory and of what it hands out. */
export const DIRECTORY: readonly RowStory[] = [
  {
    name: "directory-opened",
    shows:
      "A workstation lets another account act for a server, gives an account a key, takes its proof of the password away and enters a server among the domain controllers; a machine that registers its own names and key is beside it.",
    isAttack: true,
    async write(tables) {
      await written(tables, 0, "modify", "CN=FS01,CN=Computers", [
        "msDS-AllowedToActOnBehalfOfOtherIdentity=S-1-5-21-1",
      ]);
      await written(tables, 1, "modify", "CN=svc_backup,CN=Users", ["msDS-KeyCredentialLink=B:828:0002"]);
      await written(tables, 2, "modify", "CN=svc_backup,CN=Users", ["userAccountControl=4194816"]);
      await written(tables, 3, "add", "CN=NTDS Settings,CN=WS77,CN=Servers,CN=Site,CN=Sites,CN=Configuration", [
        "objectClass=nTDSDSA",
      ]);
      const itself = { user: "CORP\\WS77$" };
      await written(tables, 4, "modify", "CN=WS77,CN=Computers", ["servicePrincipalName=HOST/ws77"], itself);
      await written(tables, 5, "modify", "CN=WS77,CN=Computers", ["msDS-KeyCredentialLink=B:828:0002"], itself);
    },
  },
  {
    name: "account-by-directory",
    shows: "A workstation makes an account in the directory and enters it among the administrators.",
    isAttack: true,
    async write(tables) {
      await written(tables, 0, "add", "CN=eve,CN=Users", ["objectClass=user", "sAMAccountName=eve"]);
      await written(tables, 1, "modify", "CN=Domain Admins,CN=Users", [`member=CN=eve,CN=Users,${DOMAIN}`]);
    },
  },
  {
    name: "policy-with-task",
    shows: "A workstation writes a task into a group policy.",
    isAttack: true,
    async write(tables) {
      await row(tables, "smb_operations", "2024-03-01 12:00:00", STRANGER, CONTROLLER, {
        "id.resp_p": 445,
        action: "transfer",
        path: "\\\\dc01\\SYSVOL",
        name: "corp.example\\Policies\\{31B2F340-016D-11D2-945F-00C04FB984F9}\\Machine\\Preferences\\ScheduledTasks\\ScheduledTasks.xml",
        bytes_written: 900,
        outcome: "confirmed",
        user: "CORP\\g.dahl",
      });
    },
  },
];
