import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { RowOf } from "../../records/record-type.ts";
import { archiveKindOf } from "../../records/archive-names.ts";
import { accountOf } from "../account.ts";
import { reportArchiveOp } from "../archive-op.ts";
import type { HttpCall, HttpCallHandler, HttpMessage } from "../http-calls.ts";
import { HttpCalls } from "../http-calls.ts";
import { pathBehind, readTarget, unescapePart } from "../http-target.ts";
import type { Connection, Protocol, RecordSink } from "../protocol.ts";
import type { HypervisorAct } from "./acts.ts";
import { proxmoxAct, vsphereAct } from "./acts.ts";
import { CONTROL_OCTETS, HYPERVISORS, hypervisorOf } from "./recognise.ts";
import { HYPERVISOR_API_RECORD } from "./records.ts";
import { innerMethod, readSoapCall } from "./soap.ts";

type Row = { -readonly [K in keyof RowOf<typeof HYPERVISOR_API_RECORD>]: RowOf<typeof HYPERVISOR_API_RECORD>[K] };

const PRODUCTS: Readonly<Record<string, string>> = { proxmox: "Proxmox VE", proxmox_backup: "Proxmox Backup Server" };
const SECRET = /passw|secret|ticket|token/i;
const MOST_PARAMETERS = 40;
const LONGEST_PARAMETER = 500;
/** What Proxmox Backup Server's connections carry most: chunks, which say nothing each. */
const CHUNKS = /^\/(?:fixed|dynamic)_(?:chunk|index)$|^\/(?:chunk|speedtest)$/;

class HypervisorApiCalls implements HttpCallHandler {
  readonly #conn: Connection;
  readonly #out: RecordSink;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  begin(_: HttpCall, message: HttpMessage): void {
    message.keep = HYPERVISORS.wants(message.head) === 0 ? 0 : CONTROL_OCTETS;
  }

  over({ request, response }: HttpCall): void {
    const service = hypervisorOf(request?.head ?? null);
    if (request === null || service === null) return;
    const agent = request.header("user-agent");
    const row: Row = {
      service,
      operation: null,
      object: null,
      object_type: null,
      parameters: null,
      user: accountOf(this.#conn.identity),
      status_code: response?.head.status ?? null,
      fault: null,
      result: null,
      host: request.head.host,
      user_agent: agent === null ? null : utf8OfLatin1(agent),
      request_octets: request.octets,
      response_octets: response?.octets ?? 0,
    };
    const act = service === "vsphere" ? this.#vsphere(row, request, response) : this.#proxmox(row, request, service);
    if (row.operation === null) return;
    this.#conn.confirm(service);
    const { from } = request.head;
    const to = response?.to ?? request.to;
    this.#out.emit(HYPERVISOR_API_RECORD, row, from, to);
    if (act === null) return;
    const status = row.status_code;
    const isRefused = row.fault !== null || (status !== null && status >= 300);
    const { operation, share, object, product, isStorage } = act;
    // What a task comes to shows later: here it was taken on.
    const outcome = status === null ? "asked" : isRefused ? "refused" : "granted";
    const said = status === null ? null : row.fault === null ? String(status) : `${status} ${row.fault}`;
    const detail = [act.detail, row.result !== null && /task/i.test(row.result) ? "as a task" : null];
    reportArchiveOp(
      this.#out,
      service,
      {
        operation,
        outcome,
        status: said,
        actor: row.user,
        share: share ?? row.host,
        object: object === "" ? row.object : object,
        product,
        detail: detail.filter((part) => part !== null).join(", "),
        isStorage: isStorage && archiveKindOf(object) === null,
      },
      from,
      to,
    );
  }

  #vsphere(row: Row, request: HttpMessage, response: HttpMessage | null): HypervisorAct | null {
    const { method, target } = request.head;
    const session = sessionOf(request) ?? sessionOf(response);
    const soap = method === "POST" ? readSoapCall(request.text()) : null;
    if (soap === null) {
      const { path, query } = readTarget(target ?? "");
      row.operation = `${method ?? ""} /${pathBehind(path, 0)}`;
      row.parameters = parametersOf(query);
      row.user ??= this.#userOf(session);
      if (path.startsWith("/nfc/")) {
        // Disks of a lease: what an export reads, an import writes.
        row.object = pathBehind(path, 2);
        const operation = method === "PUT" || method === "POST" ? "write" : "read";
        return {
          operation,
          detail: "a disk of a lease",
          share: null,
          object: row.object,
          product: null,
          isStorage: false,
        };
      }
      if (!path.startsWith("/folder")) return null;
      row.operation = `${method ?? ""} /folder`;
      row.object = `[${query.get("dsName") ?? ""}] ${pathBehind(path, 1)}`;
      const operation = method === "PUT" ? "write" : method === "DELETE" ? "delete" : "read";
      const common = { share: query.get("dsName") ?? null, object: pathBehind(path, 1), product: null };
      return { operation, detail: null, ...common, isStorage: operation === "delete" };
    }
    // esxcli from afar names its own method inside a call.
    row.operation = innerMethod(soap) ?? soap.method;
    row.object = soap.object;
    row.object_type = soap.objectType;
    row.parameters = soap.parameters.length === 0 ? null : soap.parameters;
    const answer = response === null || response.octets === 0 ? null : readSoapCall(response.text());
    row.fault = answer?.fault ?? null;
    row.result = answer?.result ?? null;
    if (soap.method.startsWith("Login")) {
      row.user = soap.parameters.find((parameter) => parameter.startsWith("userName="))?.slice(9) ?? row.user;
      if (session !== null && row.fault === null && row.user !== null)
        this.#conn.pair.set(`vsphere ${session}`, row.user);
    }
    row.user ??= this.#userOf(session);
    return vsphereAct(soap.method, soap.object, soap.parameters);
  }

  #userOf(session: string | null): string | null {
    return session === null ? null : ((this.#conn.pair.get(`vsphere ${session}`) as string | undefined) ?? null);
  }

  #proxmox(row: Row, request: HttpMessage, service: "proxmox" | "proxmox_backup"): HypervisorAct | null {
    const { method, target, upgraded } = request.head;
    const { path, query } = readTarget(target ?? "");
    if (upgraded !== null && CHUNKS.test(path) && method !== "DELETE") return null;
    const api = `/${pathBehind(path, path.startsWith("/api2/") ? 2 : 0)}`;
    row.operation = `${method ?? ""} ${api}`;
    const form = /form/.test(request.head.contentType ?? "")
      ? readTarget(`/?${request.text()}`).query
      : new Map<string, string>();
    row.parameters = parametersOf(new Map([...query, ...form]));
    const asked = api === "/access/ticket" ? form.get("username") : undefined;
    row.user = proxmoxUser(request) ?? asked ?? row.user;
    const act = proxmoxAct(row.operation, PRODUCTS[service]!);
    row.object = act?.object ?? null;
    const group = [query, form].map((said) => said.get("backup-id")).find((id) => id !== undefined);
    if (act === null || group === undefined) return act;
    const type = query.get("backup-type") ?? form.get("backup-type") ?? "";
    const time = query.get("backup-time") ?? form.get("backup-time");
    return { ...act, share: act.object, object: [type, group, time].filter(Boolean).join("/") };
  }
}

/** Session of SOAP's cookie or REST's header. */
function sessionOf(message: HttpMessage | null): string | null {
  if (message === null) return null;
  const cookie = message.header("cookie") ?? message.header("set-cookie") ?? "";
  return message.header("vmware-api-session-id") ?? /vmware_soap_session="?([^";]+)/.exec(cookie)?.[1] ?? null;
}

/** Tokens and tickets begin with the name of the user. */
function proxmoxUser(request: HttpMessage): string | null {
  const token = /P(?:VE|BS)APIToken[= ]([^=:]+)/.exec(request.header("authorization") ?? "")?.[1];
  if (token !== undefined) return token;
  const ticket = /P(?:VE|BS)AuthCookie=(?:P(?:VE|BS)(?::|%3A))([^;]+?)(?::|%3A)[0-9A-F]{8}/i.exec(
    request.header("cookie") ?? "",
  );
  return ticket === null ? null : unescapePart(ticket[1]!);
}

function parametersOf(query: ReadonlyMap<string, string>): string[] | null {
  const said = [...query].filter(([name]) => !SECRET.test(name)).slice(0, MOST_PARAMETERS);
  return said.length === 0 ? null : said.map(([name, value]) => `${name}=${value.slice(0, LONGEST_PARAMETER)}`);
}

/** Management interfaces of hypervisors over HTTP that can be read. `conn.service` names the interface. */
export const hypervisorApi: Protocol = {
  name: "hypervisor_api",
  specs: ["vSphere Web Services API", "vSphere Automation API", "Proxmox VE API", "Proxmox Backup Server API"],
  over: ["http"],
  ports: [],
  probe: (_, hint) => (hint.pipe === HYPERVISORS.name ? "yes" : "no"),
  open: (conn, out) => new HttpCalls(conn, new HypervisorApiCalls(conn, out)),
  records: [HYPERVISOR_API_RECORD],
  weirds: [],
};
