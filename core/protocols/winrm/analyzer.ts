import { Charge, rowWeight } from "../../bytes/held-budget.ts";
import { GatheredOctets } from "../../bytes/gathered-octets.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { Analyzer, CarrierFact, Connection, Moment, RecordSink } from "../protocol.ts";
import { hasSessionSecrets } from "../unsealing/decryption-tally.ts";
import { CREATE_PIPELINE, pipelineText, PsrpFragments, psrpMessageType } from "./psrp.ts";
import { WINRM_RECORD } from "./records.ts";
import { readSealedBody } from "./sealed-body.ts";
import type { SoapMessage } from "./soap.ts";
import { lastSegment, readSoap } from "./soap.ts";
import { BodyUnsealer } from "./unsealing.ts";

type Row = { -readonly [K in keyof RowOf<typeof WINRM_RECORD>]: RowOf<typeof WINRM_RECORD>[K] };

/** Octets of a body that are read; Windows takes 500 kB and says so in its settings (MaxEnvelopeSizekb). */
const MAX_BODY = 1 << 20;
/** Requests that wait for their response; WinRM has one at a time. */
const MAX_WAITING = 16;
/** PowerShell messages of one request or response that are named. */
const MAX_PSRP_NAMES = 200;

/** Where WinRM listens, and where Exchange offers PowerShell: `/wsman-anon/identify`, `/PowerShell-LiveId?…`. */
const TARGET = /^(?:https?:\/\/[^/]*)?\/(?:wsman|powershell)(?![a-z0-9])/i;
/** Namespaces of WS-Management and what Microsoft adds to it; WS-Transfer alone is spoken by others too. */
const ACTION = /^http:\/\/schemas\.(?:dmtf\.org\/wbem\/wsman|microsoft\.com\/(?:wbem\/wsman|powershell))\//i;

/** A message as it comes in. */
interface Message {
  readonly from: Moment;
  readonly contentType: string;
  readonly target: string | null;
  readonly status: number | null;
  /** The first octets of the body. */
  readonly kept: GatheredOctets;
  /** Octets of the body. */
  octets: number;
}

interface Exchange {
  readonly row: Row;
  readonly from: Moment;
  to: Moment;
}

/** WS-Management on one HTTP connection: each request becomes a record with its response. */
export class WinrmAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  /** Null if no secret was given. */
  readonly #unsealer: BodyUnsealer | null;
  #request: Message | null = null;
  #response: Message | null = null;
  /** Requests without a response; null for one that was no message of WS-Management. */
  readonly #waiting: (Exchange | null)[] = [];
  readonly #charge = new Charge();
  readonly #sent = new PsrpFragments();
  readonly #received = new PsrpFragments();

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#unsealer = hasSessionSecrets(conn.secrets) ? new BodyUnsealer(conn, out) : null;
  }

  data(r: ByteReader, isRequest: boolean): void {
    const message = isRequest ? this.#request : this.#response;
    if (message === null) return;
    message.octets += r.left;
    const kept = r.bytes(Math.min(r.left, MAX_BODY - message.kept.length));
    message.kept.add(kept, 0, kept.length);
  }

  gap(octets: number, isRequest: boolean): void {
    const message = isRequest ? this.#request : this.#response;
    if (message === null) return;
    message.octets += octets;
    (isRequest ? this.#sent : this.#received).clear();
  }

  told(fact: CarrierFact): void {
    if (fact.kind === "http-message") {
      const { contentType, target, status } = fact;
      const from = this.#conn.now;
      const message = {
        from,
        contentType: contentType ?? "",
        target,
        status,
        kept: new GatheredOctets(new Charge()),
        octets: 0,
      };
      // One that did not end is not told.
      (fact.isRequest ? this.#request : this.#response)?.kept.clear();
      if (fact.isRequest) this.#request = message;
      else this.#response = message;
    } else if (fact.kind === "http-message-end") {
      if (fact.isRequest) this.#requestEnd();
      else this.#responseEnd();
    }
  }

  close(): void {
    if (this.#request !== null) this.#requestEnd();
    if (this.#response !== null) this.#responseEnd();
    for (const exchange of this.#waiting) if (exchange !== null) this.#emit(exchange);
    this.#unsealer?.close();
  }

  #requestEnd(): void {
    const message = this.#request;
    this.#request = null;
    if (message === null) return;
    if (this.#waiting.length >= MAX_WAITING) {
      const oldest = this.#waiting.shift();
      if (oldest !== undefined && oldest !== null) this.#emit(oldest);
    }
    this.#waiting.push(message.octets === 0 ? null : this.#readRequest(message));
    message.kept.clear();
    this.#weigh();
  }

  #weigh(): void {
    this.#charge.set(
      this.#waiting.reduce((sum, exchange) => sum + (exchange === null ? 0 : rowWeight(exchange.row)), 0),
    );
  }

  #readRequest(message: Message): Exchange {
    const row = emptyRow();
    const { identity } = this.#conn;
    row.uri = message.target;
    row.user = identity?.user ?? null;
    row.domain = identity?.domain ?? null;
    const soap = this.#open(message, row, "request_sealed_octets");
    if (soap !== null) {
      fillRequest(row, soap);
      this.#psrp(soap, row, this.#sent, "psrp_request");
    }
    return { row, from: message.from, to: this.#conn.now };
  }

  #responseEnd(): void {
    const message = this.#response;
    if (message === null) return;
    this.#response = null;
    this.#readResponse(message);
    message.kept.clear();
    this.#weigh();
  }

  #readResponse(message: Message): void {
    // After an interim response the real one is still to come.
    if (message.status !== null && message.status >= 100 && message.status < 200) return;
    const exchange = this.#waiting.shift();
    if (exchange === undefined || exchange === null) return;
    const { row } = exchange;
    row.status_code = message.status;
    exchange.to = this.#conn.now;
    const soap = message.octets === 0 ? null : this.#open(message, row, "response_sealed_octets");
    if (soap !== null) {
      fillResponse(row, soap);
      this.#psrp(soap, row, this.#received, "psrp_response");
    }
    this.#emit(exchange);
  }

  /** Reads a body; null if it is sealed or not to be read. */
  #open(message: Message, row: Row, sealed: "request_sealed_octets" | "response_sealed_octets"): SoapMessage | null {
    if (message.octets > message.kept.length) this.#out.weird("winrm_message_too_long");
    let body: Buffer = message.kept.octets();
    if (/^multipart\//i.test(message.contentType)) {
      const parts = readSealedBody(body.toString("latin1"));
      const octets = parts?.octets ?? message.octets;
      row[sealed] = octets;
      row.sealed_by = parts?.by ?? row.sealed_by;
      const isWhole = message.octets === body.length;
      const clear = this.#unsealer?.open(isWhole ? body : null, sealed === "request_sealed_octets") ?? null;
      row.unsealed = clear !== null && row.unsealed !== false;
      if (clear === null) {
        this.#conn.seal(message.octets);
        return null;
      }
      body = clear;
    }
    const soap = readSoap(textOf(body));
    if (soap === null) this.#out.weird("winrm_malformed_message");
    return soap;
  }

  #psrp(soap: SoapMessage, row: Row, fragments: PsrpFragments, column: "psrp_request" | "psrp_response"): void {
    if (!isPowerShell(row.resource_uri)) return;
    const names: string[] = [];
    for (const { octets } of soap.streams) {
      for (const message of fragments.add(octets)) {
        if (names.length < MAX_PSRP_NAMES) names.push(psrpMessageType(message.type));
        row.runspace_pool ??= message.runspacePool;
        row.pipeline ??= message.pipeline;
        if (message.type === CREATE_PIPELINE) row.script ??= pipelineText(message.data);
      }
    }
    if (names.length > 0) row[column] = names;
  }

  #emit({ row, from, to }: Exchange): void {
    if (!isWsManagement(row)) return;
    this.#out.emit(WINRM_RECORD, row, from, to);
  }
}

function fillRequest(row: Row, soap: SoapMessage): void {
  row.action = soap.action;
  row.operation = soap.action === null ? null : lastSegment(soap.action);
  row.resource_uri = soap.resource;
  row.message_id = soap.messageId;
  row.selectors = soap.selectors.length === 0 ? null : soap.selectors;
  row.shell_id = soap.shellId;
  row.command_id = soap.commandId;
  row.working_dir = soap.workingDirectory;
  row.filter = soap.filter;
  row.signal = soap.signal;
  row.parameters = soap.parameters.length === 0 ? null : soap.parameters;
  // PowerShell puts a fragment where other shells have arguments.
  if (isPowerShell(soap.resource)) {
    for (const text of soap.commandArguments) soap.streams.push({ name: "", octets: Buffer.from(text, "base64") });
  } else if (soap.command !== null) {
    row.command_line = [soap.command, ...soap.commandArguments].join(" ");
  }
  row.input_octets = octetsOf(soap);
}

function fillResponse(row: Row, soap: SoapMessage): void {
  row.shell_id ??= soap.shellId;
  row.command_id ??= soap.commandId;
  row.command_state = soap.commandState;
  row.exit_code = soap.exitCode;
  row.fault = soap.faultCode;
  row.fault_reason = soap.faultReason;
  row.output_octets = octetsOf(soap);
}

/** Other services have SOAP bodies of the same type: they name no resource, and have actions of their own. */
function isWsManagement(row: Row): boolean {
  if (row.sealed_by !== null || row.resource_uri !== null) return true;
  return (row.action !== null && ACTION.test(row.action)) || (row.uri !== null && TARGET.test(row.uri));
}

function octetsOf(soap: SoapMessage): number {
  return soap.streams.reduce((sum, { octets }) => sum + octets.length, 0);
}

function isPowerShell(resource: string | null): boolean {
  return resource !== null && /\/powershell\//i.test(resource);
}

/** UTF-16 with a byte order mark, as some clients send it, else UTF-8. */
function textOf(body: Buffer): string {
  if (body[0] === 0xff && body[1] === 0xfe) return body.toString("utf16le", 2);
  return body.toString("utf8").replace(/^\ufeff/, "");
}

function emptyRow(): Row {
  return {
    operation: null,
    action: null,
    resource_uri: null,
    uri: null,
    user: null,
    domain: null,
    status_code: null,
    shell_id: null,
    command_id: null,
    command_line: null,
    working_dir: null,
    selectors: null,
    parameters: null,
    filter: null,
    signal: null,
    command_state: null,
    exit_code: null,
    input_octets: 0,
    output_octets: 0,
    psrp_request: null,
    psrp_response: null,
    runspace_pool: null,
    pipeline: null,
    script: null,
    fault: null,
    fault_reason: null,
    sealed_by: null,
    unsealed: null,
    request_sealed_octets: 0,
    response_sealed_octets: 0,
    message_id: null,
  };
}
