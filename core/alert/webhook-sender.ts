import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Alert } from "./alert.ts";
import type { WebhookDestination } from "./alert-config.ts";
import { alertJson, asciiJson } from "./alert-forms.ts";
import { ALL_TAKEN, Rejected, type Answer, type Sender } from "./sender.ts";

/** Without an octet for so long, or without the end of the answer for the second, it counts as no answer. */
const TIMEOUT_MS = 20_000;
const MOST_MS = 60_000;
const LATE = "no answer in time";
/** Octets of an answer that are read. */
const MOST_ANSWER = 256 * 1024;

/** Sends by HTTP: Elastic's bulk interface, Splunk's HTTP event collector, or an array of alerts as JSON to anybody else. */
export class WebhookSender implements Sender {
  readonly batch = 200;
  readonly #to: WebhookDestination;
  readonly #mostMs: number;

  /** @param mostMs An answer that is not at its end by then is none. */
  constructor(to: WebhookDestination, mostMs = MOST_MS) {
    this.#to = to;
    this.#mostMs = mostMs;
  }

  async send(alerts: readonly Alert[]): Promise<Answer> {
    const { kind } = this.#to;
    const { status, text } = await this.#post(bodyOf(this.#to, alerts));
    if (status === 401 || status === 403) throw new Error(`the receiver refused the token (HTTP ${status})`);
    // What answers so is seldom the receiver, but a proxy before it or another path.
    if (status === 404 || status === 407 || (status >= 300 && status < 400))
      throw new Error(`something else than the receiver answered (HTTP ${status}): see to the address and the proxy`);
    if (status === 408 || status === 429 || status >= 500)
      throw new Error(`the receiver is not ready (HTTP ${status})`);
    if (status < 200 || status > 299) throw new Rejected(`the receiver answered HTTP ${status}: ${text.slice(0, 200)}`);
    return kind === "elastic" ? bulkAnswer(alerts, text) : ALL_TAKEN;
  }

  close(): void {}

  #post(body: string): Promise<{ status: number; text: string }> {
    const { kind, url, token, ca } = this.#to;
    const headers: Record<string, string> = {
      "Content-Type": kind === "elastic" ? "application/x-ndjson" : "application/json",
      "Content-Length": String(Buffer.byteLength(body)),
      "User-Agent": "backtrail",
      ...(token === null ? {} : { Authorization: `${SCHEME[kind]} ${token}` }),
    };
    const target = new URL(url);
    if (kind === "elastic" && target.pathname === "/") target.pathname = "/_bulk";
    if (kind === "splunk" && target.pathname === "/") target.pathname = "/services/collector/event";
    const request = target.protocol === "https:" ? requestHttps : requestHttp;
    // A receiver that gives an octet now and then would be waited for without end.
    const late = AbortSignal.timeout(this.#mostMs);
    // Said here, as a variable of the environment could switch it off.
    const secured = { rejectUnauthorized: true, ...(ca === null ? {} : { ca }) };
    return new Promise((resolve, reject) => {
      const sent = request(
        target,
        { method: "POST", headers, timeout: TIMEOUT_MS, signal: late, ...secured },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8");
          answer.on("data", (piece: string) => {
            if (text.length < MOST_ANSWER) text += piece;
          });
          answer.on("error", (error) => reject(late.aborted ? new Error(LATE) : error));
          answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(LATE)));
      sent.on("error", (error) => reject(late.aborted ? new Error(LATE) : error));
      sent.end(body);
    });
  }
}

const SCHEME = { elastic: "ApiKey", splunk: "Splunk", webhook: "Bearer" } as const;

function bodyOf({ kind, index }: WebhookDestination, alerts: readonly Alert[]): string {
  switch (kind) {
    case "elastic":
      // The id makes a repeated delivery harmless: the second is refused as a conflict.
      return alerts
        .map((alert) => {
          const action = { create: { _index: index, _id: alert.id } };
          return `${asciiJson(action)}\n${asciiJson({ "@timestamp": alert.at, ...alertJson(alert) })}\n`;
        })
        .join("");
    case "splunk":
      return alerts
        .map((alert) =>
          asciiJson({
            time: Date.parse(alert.at) / 1000,
            source: "backtrail",
            sourcetype: "backtrail:alert",
            event: alertJson(alert),
          }),
        )
        .join("\n");
    case "webhook":
      return asciiJson(alerts.map(alertJson));
  }
}

/** Elastic answers 200 also where single alerts failed, and says what became of each, in their order. */
function bulkAnswer(alerts: readonly Alert[], text: string): Answer {
  const { errors, items = [] } = bulkResult(text);
  if (!errors) return ALL_TAKEN;
  if (items.length !== alerts.length)
    throw new Error(`the receiver answered for ${items.length} of ${alerts.length} alerts`);
  const rejected: { alert: Alert; reason: string }[] = [];
  const again: Alert[] = [];
  let problem = "";
  for (const [at, alert] of alerts.entries()) {
    const { status = 0, error } = items[at]?.create ?? {};
    // A conflict is an alert that it has already.
    if ((status >= 200 && status < 300) || status === 409) continue;
    const reason = error?.reason ?? `status ${status}`;
    if (status === 400) {
      rejected.push({ alert, reason });
    } else {
      again.push(alert);
      problem = `some alerts were not taken: ${reason}`;
    }
  }
  return { rejected, again, problem };
}

/** @throws where it is none: what answers 200 to everything has taken nothing. */
function bulkResult(text: string): BulkAnswer {
  let answer: Partial<BulkAnswer> | null = null;
  try {
    answer = JSON.parse(text) as Partial<BulkAnswer> | null;
  } catch {
    // No JSON, or not all of it.
  }
  if (typeof answer?.errors !== "boolean")
    throw new Error("what answered is not Elastic's bulk interface: see to the address and the proxy");
  return answer as BulkAnswer;
}

interface BulkAnswer {
  readonly errors: boolean;
  readonly items?: readonly {
    readonly create?: { readonly status?: number; readonly error?: { readonly reason?: string } };
  }[];
}
