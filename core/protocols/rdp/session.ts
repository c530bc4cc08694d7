import type { RowOf } from "../../records/record-type.ts";
import type { Connection, Moment, RecordSink } from "../protocol.ts";
import type { ClientInfo } from "./client-info.ts";
import type { ClientCore, ClientData, ServerData } from "./gcc.ts";
import { keyboardLayout } from "./keyboard-layouts.ts";
import {
  certificateType,
  clientBuild,
  colourDepth,
  encryptionLevel,
  encryptionMethod,
  failureCode,
  gccResult,
  requestedProtocols,
  securityProtocol,
} from "./names.ts";
import { RDP_RECORD } from "./records.ts";
import type { ConnectionConfirm, ConnectionRequest } from "./x224.ts";

type Row = { -readonly [K in keyof RowOf<typeof RDP_RECORD>]: RowOf<typeof RDP_RECORD>[K] };

const RESTRICTED_ADMIN_SUPPORTED = 0x08;

/**
 * What one connection says, filled by the analyzer of the connection and, where its TLS session can be read, by the one
 * inside it. The rules are those of Zeek's base/protocols/rdp/main.zeek.
 */
export class RdpSession {
  readonly row: Row = emptyRow();
  #from: Moment | null = null;
  #to: Moment | null = null;

  request(request: ConnectionRequest, now: Moment): void {
    this.#at(now);
    const { row } = this;
    row.cookie = request.cookie;
    row.routing_token = request.routingToken;
    row.correlation_id = request.correlationId;
    if (request.requestedProtocols === null) return;
    row.requested_protocols = requestedProtocols(request.requestedProtocols);
    row.restricted_admin = request.restrictedAdmin;
    row.remote_guard = request.remoteGuard;
  }

  /** @returns true if the rest of the connection is TLS. */
  confirm(confirm: ConnectionConfirm, now: Moment): boolean {
    this.#at(now);
    const { row } = this;
    if (confirm.kind === "old") return false;
    if (confirm.kind === "failure") {
      row.result = failureCode(confirm.code);
      return false;
    }
    row.security_protocol = securityProtocol(confirm.protocol);
    row.restricted_admin_supported = (confirm.flags & RESTRICTED_ADMIN_SUPPORTED) !== 0;
    if (confirm.protocol === 0) return false;
    row.result ??= "encrypted";
    return true;
  }

  clientData(data: ClientData, now: Moment): void {
    this.#at(now);
    const { row } = this;
    if (data.core !== null) this.#clientCore(data.core);
    if (data.channels !== null) row.client_channels = data.channels;
    row.requested_session = data.requestedSession;
  }

  /** @returns true if RDP's own encryption begins. */
  serverData({ result, security }: ServerData, now: Moment): boolean {
    this.#at(now);
    const { row } = this;
    row.result = gccResult(result);
    if (security === null) return false;
    row.encryption_method = encryptionMethod(security.method);
    row.encryption_level = encryptionLevel(security.level);
    const { certificate } = security;
    if (certificate !== null) {
      row.cert_type = certificateType(certificate.type);
      row.cert_permanent = certificate.permanent;
      row.cert_count = certificate.count;
    }
    if (security.method === 0 || security.level === 0) return false;
    row.security_protocol = securityProtocol(0);
    return true;
  }

  clientInfo(info: ClientInfo, conn: Connection): void {
    this.#at(conn.now);
    const { row } = this;
    row.user = info.user;
    row.domain = info.domain;
    row.password_sent = info.hasPassword;
    row.auto_logon = info.autoLogon;
    row.alternate_shell = orNull(info.alternateShell);
    row.working_dir = orNull(info.workingDirectory);
    row.client_address = orNull(info.clientAddress);
    row.client_dir = orNull(info.clientDirectory);
    if (info.user === "") return;
    conn.identity ??= {
      user: info.user,
      domain: orNull(info.domain),
      workstation: row.client_name,
      mechanism: "plain",
    };
  }

  license(message: string, now: Moment): void {
    this.#at(now);
    this.row.license = message;
  }

  autoDetect(): void {
    this.row.auto_detect = true;
  }

  nlaResult(result: string, now: Moment): void {
    this.#at(now);
    this.row.nla_result = result;
  }

  /** Writes the record, if the connection said anything that Zeek would log. */
  write(out: RecordSink): void {
    const { row } = this;
    if (row.cookie === null && row.keyboard_layout === null && row.result === null) return;
    if (this.#from !== null) out.emit(RDP_RECORD, row, this.#from, this.#to ?? this.#from);
  }

  #clientCore(core: ClientCore): void {
    const { row } = this;
    row.keyboard_layout = keyboardLayout(core.keyboardLayout);
    row.client_build = clientBuild(core.clientBuild);
    row.client_name = core.clientName;
    row.client_dig_product_id = core.productId;
    row.desktop_width = core.desktopWidth;
    row.desktop_height = core.desktopHeight;
    if (core.wants32Bit) row.requested_color_depth = "32bit";
    else if (core.highColourDepth !== null) row.requested_color_depth = colourDepth(core.highColourDepth);
  }

  #at(now: Moment): void {
    this.#from ??= now;
    this.#to = now;
  }
}

function orNull(text: string | null): string | null {
  return text === "" ? null : text;
}

function emptyRow(): Row {
  return {
    cookie: null,
    result: null,
    security_protocol: null,
    client_channels: null,
    keyboard_layout: null,
    client_build: null,
    client_name: null,
    client_dig_product_id: null,
    desktop_width: null,
    desktop_height: null,
    requested_color_depth: null,
    cert_type: null,
    cert_count: 0,
    cert_permanent: null,
    encryption_level: null,
    encryption_method: null,
    requested_protocols: null,
    restricted_admin: null,
    remote_guard: null,
    restricted_admin_supported: null,
    routing_token: null,
    correlation_id: null,
    requested_session: null,
    user: null,
    domain: null,
    password_sent: null,
    auto_logon: null,
    alternate_shell: null,
    working_dir: null,
    client_address: null,
    client_dir: null,
    license: null,
    auto_detect: null,
    nla_result: null,
    orig_sealed_octets: 0,
    resp_sealed_octets: 0,
  };
}
