import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, httpMessage } from "../../../test/analyzer-harness.ts";
import { hypervisorApi } from "./hypervisor-api.ts";
import { hypervisorOf } from "./recognise.ts";
import { readSoapCall } from "./soap.ts";

interface Step {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly body?: string;
  readonly status?: number;
  readonly answer?: string;
  readonly answerHeaders?: Readonly<Record<string, string>>;
  readonly upgraded?: string;
}

function play(...steps: readonly Step[]): Trial {
  const trial = new Trial(hypervisorApi, { carrier: "http", pipe: "hypervisor-api" });
  steps.forEach((step, at) => {
    const exchange = at + 1;
    const { method, target, body = "", answer = "", type = "text/xml", upgraded = null } = step;
    const headers = new Map(Object.entries(step.headers ?? {}));
    trial.tell(
      httpMessage({ exchange, isRequest: true, method, target, headers, contentType: type, host: "esx01", upgraded }),
    );
    trial.sendInPieces(true, body, 100);
    trial.tell({ kind: "http-message-end", exchange, isRequest: true, isComplete: true });
    const answerHeaders = new Map(Object.entries(step.answerHeaders ?? {}));
    trial.tell(
      httpMessage({ exchange, isRequest: false, status: step.status ?? 200, headers: answerHeaders, upgraded }),
    );
    trial.sendInPieces(false, answer, 100);
    trial.tell({ kind: "http-message-end", exchange, isRequest: false, isComplete: true });
  });
  trial.close();
  return trial;
}

/** Built from the reference of the vSphere Web Services API: no server runs here. */
function soap(method: string, type: string, object: string, parameters = ""): Step {
  const body =
    `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><${method} xmlns="urn:vim25">` +
    `<_this type="${type}">${object}</_this>${parameters}</${method}></soapenv:Body></soapenv:Envelope>`;
  const headers = { soapaction: '"urn:vim25/8.0.1.0"', cookie: 'vmware_soap_session="abc"' };
  return { method: "POST", target: "/sdk", headers, body };
}

function answer(inner: string): string {
  return `<soapenv:Envelope xmlns:soapenv="x"><soapenv:Body>${inner}</soapenv:Body></soapenv:Envelope>`;
}

describe("vSphere", () => {
  it("tells who does what to machines and their snapshots", () => {
    const trial = play(
      {
        ...soap("Login", "SessionManager", "ha-sessionmgr", "<userName>root</userName><password>x</password>"),
        answerHeaders: { "set-cookie": 'vmware_soap_session="abc"; Path=/' },
        answer: answer("<LoginResponse><returnval><key>52</key></returnval></LoginResponse>"),
      },
      {
        ...soap("RemoveAllSnapshots_Task", "VirtualMachine", "vm-42"),
        answer: answer(
          '<RemoveAllSnapshots_TaskResponse><returnval type="Task">task-7</returnval></RemoveAllSnapshots_TaskResponse>',
        ),
      },
      {
        ...soap("DeleteDatastoreFile_Task", "FileManager", "ha-nfc", "<name>[ds1] FS01/FS01.vmdk</name>"),
        status: 500,
        answer: answer(
          '<soapenv:Fault><faultstring>no</faultstring><detail><NoPermissionFault xsi:type="NoPermission"/></detail></soapenv:Fault>',
        ),
      },
      soap("StartService", "HostServiceSystem", "serviceSystem", "<id>TSM-SSH</id>"),
      soap(
        "ExecuteSoap",
        "ReflectManagedMethodExecuter",
        "ha-managed-method-executer",
        "<moid>ha-cli-handler-vm-process</moid><method>vim.EsxCLI.vm.process.Kill</method><argument><name>worldid</name><val>&lt;worldid&gt;2101&lt;/worldid&gt;</val></argument>",
      ),
    );
    expect(trial.table("hypervisor_api")).toMatchObject([
      { operation: "Login", user: "root", parameters: ["userName=root"] },
      {
        operation: "RemoveAllSnapshots_Task",
        object: "vm-42",
        object_type: "VirtualMachine",
        user: "root",
        result: "task-7",
      },
      { operation: "DeleteDatastoreFile_Task", fault: "NoPermission", status_code: 500 },
      { operation: "StartService", parameters: ["id=TSM-SSH"] },
      {
        operation: "vim.EsxCLI.vm.process.Kill",
        parameters: expect.arrayContaining(["argument.val=<worldid>2101</worldid>"]),
      },
    ]);
    expect(trial.table("archive_op")).toMatchObject([
      {
        operation: "delete",
        outcome: "granted",
        object: "vm-42",
        actor: "root",
        detail: "all snapshots of the machine, as a task",
      },
      { operation: "delete", outcome: "refused", share: "ds1", object: "FS01/FS01.vmdk", status: "500 NoPermission" },
    ]);
  });

  it("tells files of datastores", () => {
    const target = "/folder/FS01/FS01-flat.vmdk?dcPath=ha-datacenter&dsName=ds1";
    expect(play({ method: "DELETE", target, status: 204 }).table("archive_op")).toMatchObject([
      { operation: "delete", share: "ds1", object: "FS01/FS01-flat.vmdk", outcome: "granted" },
    ]);
  });
});

/** Built from Proxmox' own API viewer: no server runs here. */
describe("Proxmox", () => {
  const cookie = { cookie: "PVEAuthCookie=PVE%3Aroot@pam%3A65F1A2B3%3A%3Asig" };

  it("VE", () => {
    const trial = play(
      {
        method: "POST",
        target: "/api2/json/access/ticket",
        type: "application/x-www-form-urlencoded",
        body: "username=root%40pam&password=x",
      },
      {
        method: "DELETE",
        target: "/api2/json/nodes/pve1/storage/nas/content/nas%3Abackup%2Fvzdump-qemu-100.vma.zst",
        headers: cookie,
      },
      { method: "DELETE", target: "/api2/extjs/nodes/pve1/qemu/100?purge=1", headers: cookie, status: 403 },
    );
    expect(trial.table("hypervisor_api")).toMatchObject([
      { service: "proxmox", operation: "POST /access/ticket", user: "root@pam", parameters: ["username=root@pam"] },
      { user: "root@pam", object: "nas/content/nas:backup/vzdump-qemu-100.vma.zst" },
      { operation: "DELETE /nodes/pve1/qemu/100", parameters: ["purge=1"], status_code: 403 },
    ]);
    expect(trial.table("archive_op")).toMatchObject([
      { operation: "delete", outcome: "granted", product: "Proxmox VE", detail: "a volume" },
      { operation: "delete", outcome: "refused", object: "100" },
    ]);
  });

  it("Backup Server", () => {
    const headers = { authorization: "PBSAPIToken=backup@pbs!job:secret" };
    const trial = play(
      {
        method: "DELETE",
        target: "/api2/json/admin/datastore/store1/snapshots?backup-type=vm&backup-id=100&backup-time=1700000000",
        headers,
      },
      { method: "POST", target: "/finish", upgraded: "proxmox-backup-protocol-v1" },
      { method: "POST", target: "/fixed_chunk?wid=1", upgraded: "proxmox-backup-protocol-v1" },
    );
    expect(trial.table("hypervisor_api").map(({ operation, user }) => [operation, user])).toEqual([
      ["DELETE /admin/datastore/store1/snapshots", "backup@pbs!job"],
      ["POST /finish", null],
    ]);
    expect(trial.table("archive_op")).toMatchObject([
      { operation: "delete", share: "store1", object: "vm/100/1700000000", product: "Proxmox Backup Server" },
    ]);
  });
});

describe("a session of Proxmox Backup Server", () => {
  it("is granted by the change of protocol, refused by anything else", () => {
    const session = (status: number): Step => ({
      method: "GET",
      target: "/api2/json/reader?backup-type=vm&backup-id=100",
      status,
    });
    expect(play(session(101)).table("archive_op")).toMatchObject([
      { operation: "restore", outcome: "granted", status: "101" },
    ]);
    expect(play(session(403)).table("archive_op")).toMatchObject([{ operation: "restore", outcome: "refused" }]);
    // Whatever is to come after an interim answer did not come.
    expect(play(session(100)).table("archive_op")).toMatchObject([{ operation: "restore", outcome: "asked" }]);
  });
});

describe("readers", () => {
  it("never throw, and leave ordinary traffic alone", () => {
    fc.assert(fc.property(fc.string(), (text) => void readSoapCall(`<E><Body><M>${text}`)));
    const whole = soap("Destroy_Task", "VirtualMachine", "vm-1").body!;
    for (let end = 0; end < whole.length; end += 3) readSoapCall(whole.slice(0, end));
    const fact = httpMessage({ isRequest: true, method: "GET", target: "/folder/a?x=1" });
    expect(fact.kind === "http-message" ? hypervisorOf(fact) : "").toBeNull();
  });
});
