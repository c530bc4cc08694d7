import { DerReader } from "../../bytes/der.ts";
import { accountOf } from "../account.ts";
import type { Connection, InnerStream, Moment, RecordSink } from "../protocol.ts";
import type { SecurityContext } from "../security-context.ts";
import { readBind, readBound } from "./bind.ts";
import type { Head, Result } from "./message.ts";
import { readControls, readResult } from "./message.ts";
import * as names from "./names.ts";
import { OP } from "./names.ts";
import { readNetlogon } from "./netlogon.ts";
import * as operations from "./operations.ts";
import type { Pending } from "./pending.ts";
import { PendingRows } from "./pending.ts";
import { ldapRecord, ldapSearchRecord } from "./records.ts";
import { textOfOctets, utf8 } from "./text.ts";
import type { LdapWeird } from "./weirds.ts";

type Message = Pending<typeof ldapRecord>;
type Search = Pending<typeof ldapSearchRecord>;

/** SASL mechanisms whose credentials are GSS tokens or NTLM messages; "" for Microsoft's own binds. */
const GSS_MECHANISMS: readonly string[] = ["GSSAPI", "GSS-SPNEGO", "NTLM", ""];
/** Most names of entries that are kept of one answer. */
const MAX_OBJECTS = 20;

/** Operations after which a row is complete. Zeek base/protocols/ldap/main.zeek */
const FINISHING: ReadonlySet<number> = new Set([
  OP.bindResponse,
  OP.unbindRequest,
  OP.modifyResponse,
  OP.addResponse,
  OP.delResponse,
  OP.modifyDnResponse,
  OP.compareResponse,
  OP.abandonRequest,
  OP.extendedResponse,
]);

/** One connection's messages: what was asked and answered, and as whom. */
export class LdapSession {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #messages: PendingRows<typeof ldapRecord>;
  readonly #searches: PendingRows<typeof ldapSearchRecord>;
  #gss: InnerStream | null = null;
  /** Name in the last simple bind that may yet succeed; null for other binds. */
  #bindName: string | null = null;
  #asksForTls = false;
  /** True once a SASL bind was asked for: what follows may be in SASL buffers. */
  mayWrap = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#messages = new PendingRows(out, ldapRecord, blankMessage, "LDAP_max_pending_messages_exceeded");
    this.#searches = new PendingRows(out, ldapSearchRecord, blankSearch, "LDAP_max_pending_searches_exceeded");
  }

  /** Takes one whole message. @returns true if TLS follows it. */
  message(bytes: Uint8Array, head: Head, fromOriginator: boolean, isSigned: boolean): boolean {
    const { now } = this.#conn;
    let startsTls = false;
    switch (head.op) {
      case OP.searchRequest:
        this.#search(bytes, head, isSigned, now);
        break;
      case OP.searchResultEntry:
        this.#entry(bytes, head, now);
        break;
      case OP.searchResultReference:
        this.#searches.of(head.id, now).row.reference_count! += 1;
        break;
      case OP.searchResultDone:
        this.#searchDone(bytes, head, now);
        break;
      default:
        startsTls = this.#operation(bytes, head, fromOriginator, isSigned, now);
    }
    // Answers add little; what may be long is asked for.
    if (fromOriginator) {
      this.#messages.grown(head.id);
      this.#searches.grown(head.id);
    }
    // Behind what it carries, as Zeek names them.
    this.confirm();
    return startsTls;
  }

  /** An entry of an answer that is too long to be read. */
  longEntry(id: number): void {
    this.#searches.of(id, this.#conn.now).row.result_count! += 1;
    this.confirm();
  }

  /** What the last bind left to derive keys from; null without a secret that may do so. */
  get securityContext(): SecurityContext | null {
    return this.#gss?.securityContext ?? null;
  }

  confirm(): void {
    this.#conn.confirm(this.#conn.carrier === "udp" ? "ldap_udp" : "ldap_tcp");
  }

  close(): void {
    this.#gss?.close();
    this.#messages.flush();
    this.#searches.flush();
  }

  #operation(bytes: Uint8Array, head: Head, fromOriginator: boolean, isSigned: boolean, now: Moment): boolean {
    const pending = this.#messages.of(head.id, now);
    const { row } = pending;
    let startsTls = false;
    if (fromOriginator) {
      row.is_signed ??= isSigned;
      row.controls ??= controlsOf(bytes, head);
    }
    if (head.op === OP.bindRequest) {
      this.#bind(bytes, head, pending);
    } else {
      if (head.op !== OP.bindResponse) this.#opcode(pending, names.opcodeName(head.op));
      else if (row.opcode === null) {
        this.#out.weird("LDAP_bind_without_opcode", `${head.id}: bind`);
        row.opcode = "bind";
      }
      switch (head.op) {
        case OP.bindResponse:
          this.#bound(bytes, head, pending);
          break;
        case OP.extendedRequest: {
          const oid = operations.readExtendedRequest(bytes, head);
          this.#asksForTls = oid === names.START_TLS;
          row.operation = names.oidName(oid) || null;
          this.#object(pending, oid === "" ? "" : names.extendedRequestText(oid));
          break;
        }
        case OP.extendedResponse: {
          const d = new DerReader(bytes, head.body, head.bodyEnd);
          const result = this.#result(d, pending);
          const name = d.failed ? null : operations.readResponseName(d);
          if (name !== null) row.operation ??= names.oidName(name);
          startsTls = this.#asksForTls && !fromOriginator && result?.code === names.RESULT_SUCCESS;
          break;
        }
        case OP.abandonRequest:
          this.#argument(pending, String(operations.readAbandon(bytes, head)));
          break;
        case OP.modifyResponse:
        case OP.addResponse:
        case OP.delResponse:
        case OP.modifyDnResponse:
        case OP.compareResponse:
          this.#result(new DerReader(bytes, head.body, head.bodyEnd), pending);
          break;
        default:
          this.#write(bytes, head, pending);
      }
    }
    row.user ??= accountOf(this.#conn.identity);
    if (FINISHING.has(head.op)) this.#messages.finish(head.id);
    return startsTls;
  }

  #bind(bytes: Uint8Array, head: Head, pending: Message): void {
    const { row } = pending;
    const bind = readBind(bytes, head);
    if (bind === null) {
      this.#out.weird("ldap_operation_malformed");
      row.opcode ??= "bind";
      return;
    }
    row.version ??= bind.version;
    if (row.opcode !== null) this.#out.weird("LDAP_bind_opcode_already_set", row.opcode);
    row.opcode = bind.opcode;
    this.#object(pending, bind.name);
    if (bind.argument !== null) this.#argument(pending, bind.argument);
    if (bind.isSimple) row.has_password = bind.hasPassword;
    this.#bindName = bind.isSimple && bind.hasPassword ? bind.name : null;
    if (bind.mechanism !== "") this.mayWrap = true;
    if (GSS_MECHANISMS.includes(bind.mechanism)) this.#token(bind.token, true);
  }

  #bound(bytes: Uint8Array, head: Head, pending: Message): void {
    const bound = readBound(bytes, head);
    if (bound === null) {
      this.#out.weird("ldap_operation_malformed");
      return;
    }
    this.#take(bound, pending);
    if (this.#gss !== null) {
      if (bound.matchedDn.length > 0 && bound.code === names.RESULT_SUCCESS) {
        // Microsoft's own binds answer with the challenge here, and have a further step to go.
        this.#token(bound.matchedDn, false);
        return;
      }
      this.#token(bound.token, false);
      if (bound.code === names.RESULT_BIND_IN_PROGRESS) return;
      this.#gss.tell({ kind: "auth-result", success: bound.code === names.RESULT_SUCCESS });
    }
    if (bound.code !== names.RESULT_SUCCESS) return;
    const name = this.#bindName;
    const plain = name === null ? null : { user: name, domain: null, workstation: null, mechanism: "plain" as const };
    this.#conn.identity = plain ?? this.#gss?.identity ?? null;
  }

  #token(token: Uint8Array, fromOriginator: boolean): void {
    if (token.length === 0) return;
    this.#gss ??= this.#conn.inner("gss", "ldap");
    this.#gss.data(token, 0, token.length, fromOriginator);
  }

  #write(bytes: Uint8Array, head: Head, pending: Message): void {
    const write = operations.readWrite(bytes, head);
    if (write === null) return;
    const { row } = pending;
    row.dn = write.dn;
    row.new_dn = write.newDn;
    row.changes = write.changes;
    row.values = write.values;
    // Zeek reads these two only, and has the entry of a deletion as its argument.
    if (head.op === OP.modifyRequest) {
      this.#object(pending, write.dn);
      this.#argument(pending, write.modifications.join(","));
    }
    if (head.op === OP.delRequest) this.#argument(pending, write.dn);
  }

  #search(bytes: Uint8Array, head: Head, isSigned: boolean, now: Moment): void {
    const { row } = this.#searches.of(head.id, now);
    const search = operations.readSearch(bytes, head);
    if (search === null) {
      this.#out.weird("ldap_operation_malformed");
      return;
    }
    const scope = names.scopeName(search.scope);
    const deref = names.derefName(search.deref);
    this.#changed("LDAP_search_scope_change", head.id, row.scope, scope);
    this.#changed("LDAP_search_deref_aliases_change", head.id, row.deref_aliases, deref);
    this.#changed("LDAP_search_filter_change", head.id, row.filter, search.filter);
    row.scope = scope;
    row.deref_aliases = deref;
    if (search.base !== "") {
      this.#changed("LDAP_search_base_object_change", head.id, row.base_object, search.base);
      row.base_object = search.base;
    }
    row.filter = search.filter;
    row.asked_attributes = search.attributes;
    row.size_limit = Math.max(0, search.sizeLimit);
    row.controls = controlsOf(bytes, head);
    row.user = accountOf(this.#conn.identity);
    row.is_signed = isSigned;
  }

  #entry(bytes: Uint8Array, head: Head, now: Moment): void {
    const { row } = this.#searches.of(head.id, now);
    row.result_count! += 1;
    const name = utf8(new DerReader(bytes, head.body, head.bodyEnd).octets());
    if (name !== "" && (row.objects?.length ?? 0) < MAX_OBJECTS) row.objects = [...(row.objects ?? []), name];
    const controller = name === "" ? readNetlogon(bytes, head) : null;
    if (controller === null) return;
    row.dc_host = controller.host || controller.netbiosHost || null;
    row.dc_domain = controller.domain || null;
    row.dc_netbios_domain = controller.netbiosDomain || null;
    row.dc_site = controller.site || null;
    row.client_site = controller.clientSite || null;
    row.dc_flags = controller.flags;
  }

  #searchDone(bytes: Uint8Array, head: Head, now: Moment): void {
    const pending: Search = this.#searches.of(head.id, now);
    const { row } = pending;
    const d = new DerReader(bytes, head.body, head.bodyEnd);
    const { code, diagnostic } = readResult(d);
    if (d.failed) {
      this.#out.weird("ldap_operation_malformed");
    } else {
      const result = names.resultName(code);
      this.#changed("LDAP_search_result_change", head.id, row.result, result);
      row.result = result;
      row.result_code = Math.max(0, code);
    }
    if (diagnostic !== "") {
      this.#changed("LDAP_search_diagnostic_message_change", head.id, row.diagnostic_message, diagnostic);
      row.diagnostic_message = diagnostic;
    }
    this.#searches.finish(head.id);
  }

  #result(d: DerReader, pending: Message): Result | null {
    const result = readResult(d);
    if (d.failed) {
      this.#out.weird("ldap_operation_malformed");
      return null;
    }
    this.#take(result, pending);
    return result;
  }

  #take(result: Result, { row }: Message): void {
    const name = names.resultName(result.code);
    this.#changed("LDAP_message_result_change", row.message_id, row.result, name);
    row.result = name;
    row.result_code = Math.max(0, result.code);
    if (result.diagnostic !== "") {
      this.#changed(
        "LDAP_message_diagnostic_message_change",
        row.message_id,
        row.diagnostic_message,
        result.diagnostic,
      );
      row.diagnostic_message = result.diagnostic;
    }
    // In the binds of Microsoft's own this is a token.
    if (result.matchedDn.length > 0 && row.opcode?.startsWith("bind SICILY") !== true) {
      row.matched_dn = textOfOctets(result.matchedDn);
    }
  }

  #opcode({ row }: Message, opcode: string): void {
    this.#changed("LDAP_message_opcode_change", row.message_id, row.opcode, opcode);
    row.opcode = opcode;
  }

  #object({ row }: Message, object: string): void {
    if (object === "") return;
    this.#changed("LDAP_message_object_change", row.message_id, row.object, object);
    row.object = object;
  }

  #argument({ row }: Message, argument: string): void {
    if (argument === "") return;
    this.#changed("LDAP_message_argument_change", row.message_id, row.argument, argument);
    row.argument = argument;
  }

  #changed(weird: LdapWeird, id: number | null, before: string | null, after: string): void {
    if (before !== null && before !== after) this.#out.weird(weird, `${id ?? 0}: ${before} -> ${after}`);
  }
}

function controlsOf(bytes: Uint8Array, head: Head): readonly string[] | null {
  const controls = readControls(bytes, head.bodyEnd, head.end);
  return controls.length === 0 ? null : controls.map(names.oidName);
}

function blankMessage(id: number): Message["row"] {
  return {
    message_id: id,
    version: null,
    opcode: null,
    result: null,
    diagnostic_message: null,
    object: null,
    argument: null,
    result_code: null,
    dn: null,
    new_dn: null,
    changes: null,
    values: null,
    operation: null,
    controls: null,
    matched_dn: null,
    has_password: null,
    user: null,
    is_signed: null,
  };
}

function blankSearch(id: number): Search["row"] {
  return {
    message_id: id,
    scope: null,
    deref_aliases: null,
    base_object: null,
    result_count: 0,
    result: null,
    diagnostic_message: null,
    filter: null,
    attributes: null,
    asked_attributes: null,
    size_limit: null,
    result_code: null,
    objects: null,
    reference_count: 0,
    controls: null,
    user: null,
    is_signed: null,
    dc_host: null,
    dc_domain: null,
    dc_netbios_domain: null,
    dc_site: null,
    client_site: null,
    dc_flags: null,
  };
}
