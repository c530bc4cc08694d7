import { connection, row } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";

const SERVER = "10.0.5.1";
const USER = "CORP\\svc_backup";

/** What a product copies to the machines that it protects, and the service that it makes there. */
interface Product {
  readonly name: string;
  readonly file: string;
  readonly service: string;
  readonly program: string;
}

const PRODUCTS: readonly Product[] = [
  {
    name: "veeam",
    file: "VeeamVssSupport\\VeeamGuestHelper.exe",
    service: "VeeamVssSupport",
    program: "C:\\Windows\\VeeamVssSupport\\VeeamGuestHelper.exe",
  },
  {
    name: "backup-exec",
    file: "Temp\\BackupExec\\RAWS\\beremote.exe",
    service: "BackupExecAgentAccelerator",
    program: "C:\\Program Files\\Veritas\\Backup Exec\\RAWS\\beremote.exe",
  },
  {
    name: "commvault",
    file: "Temp\\GalaxyInstall\\Commvault_SetupAll.exe",
    service: "GxCVD(Instance001)",
    program: "C:\\Program Files\\Commvault\\ContentStore\\Base\\cvd.exe",
  },
  {
    name: "netbackup",
    file: "Temp\\NetBackup\\silentclient.cmd",
    service: "NetBackup Client Service",
    program: "C:\\Program Files\\Veritas\\NetBackup\\bin\\bpinetd.exe",
  },
  {
    name: "dpm",
    file: "Temp\\DPMRA\\DPMAgentInstaller_x64.exe",
    service: "DPMRA",
    program: "C:\\Program Files\\Microsoft Data Protection Manager\\DPM\\bin\\DPMRA.exe",
  },
  {
    name: "networker",
    file: "Temp\\NetWorker\\lgtoclnt.exe",
    service: "nsrexecd",
    program: "C:\\Program Files\\EMC NetWorker\\nsr\\bin\\nsrexecd.exe",
  },
  {
    name: "arcserve",
    file: "Temp\\Arcserve\\D2D_setup.exe",
    service: "CASAD2DWebSvc",
    program: "C:\\Program Files\\Arcserve\\Unified Data Protection\\Engine\\TOMCAT\\bin\\AgentService.exe",
  },
  {
    name: "nakivo",
    file: "nkv-transporter\\nkv-bhsvc.exe",
    service: "nkv-bhsvc",
    program: "C:\\Program Files\\NAKIVO Backup & Replication\\bhsvc.exe",
  },
];

/** The push of a component: share, file, service made, started and deleted, its settings, then shadow copies over WMI. */
async function push(tables: RecordTables, product: Product, target: string, minute: string): Promise<void> {
  const at = (second: string): string => `2024-03-01 22:${minute}:${second}`;
  const smb = { "id.resp_p": 445, user: USER, outcome: "confirmed", path: `\\\\${target}\\ADMIN$`, share_type: "DISK" };
  const call = { "id.resp_p": 445, user: USER, outcome: "confirmed" };
  await connection(tables, at("00"), SERVER, target, 445);
  await row(tables, "smb_mapping", at("01"), SERVER, target, { ...smb, share: "ADMIN$" });
  await row(tables, "smb_operations", at("02"), SERVER, target, {
    ...smb,
    action: "transfer",
    name: product.file,
    bytes_written: 900_000,
    create_action: "CREATED",
    magic: product.file.endsWith(".exe") ? "4d5a9000" : "40656368",
  });
  for (const [second, opnum, operation] of [
    ["05", 12, "CreateServiceW"],
    ["06", 19, "StartServiceW"],
    ["50", 1, "ControlService"],
    ["51", 2, "DeleteService"],
  ] as const) {
    await row(tables, "dce_rpc", at(second), SERVER, target, {
      ...call,
      endpoint: "svcctl",
      opnum,
      operation,
      target_name: product.service,
      command: opnum === 12 ? product.program : null,
    });
  }
  await row(tables, "dce_rpc", at("10"), SERVER, target, {
    ...call,
    endpoint: "winreg",
    opnum: 22,
    operation: "BaseRegSetValue",
    target_name: `HKLM\\SOFTWARE\\${product.program.split("\\")[2] ?? ""} ${product.service}`,
  });
  for (const [second, opnum, operation] of [
    ["20", 20, "ExecQuery"],
    ["21", 24, "ExecMethod"],
    ["40", 24, "ExecMethod"],
  ] as const) {
    await row(tables, "dce_rpc", at(second), SERVER, target, {
      ...call,
      "id.resp_p": 49700,
      endpoint: "IWbemServices",
      opnum,
      operation,
      sealed: true,
    });
  }
}

/** What backup software does on the machines that it protects, product by product; nobody attacks anything. */
export const BACKUP_SOFTWARE: readonly RowStory[] = PRODUCTS.map((product) => ({
  name: `${product.name}-at-work`,
  shows: `The backup server pushes a component (${product.service}) to six machines, starts it there and makes shadow copies over WMI.`,
  isAttack: false,
  async write(tables) {
    for (let host = 1; host <= 6; host++) await push(tables, product, `10.0.0.${30 + host}`, `0${host}`);
  },
}));
