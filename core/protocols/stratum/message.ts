/** Longest message that is read; a job of Monero has a few hundred octets. */
export const MAX_MESSAGE = 16_384;

/** What a miner and its pool say to each other. */
export interface StratumMessage {
  /** Kind of the method, or null for an answer. */
  readonly kind: "hello" | "login" | "share" | "job" | "other" | null;
  readonly method: string | null;
  readonly id: string | null;
  /** Program that mines, as it names itself. */
  readonly agent: string | null;
  /** Account at the pool, often the wallet and the machine's name. */
  readonly worker: string | null;
  /** Of an answer: whether it agrees; null if it says neither. */
  readonly isAccepted: boolean | null;
  /** An answer that hands out work. */
  readonly hasJob: boolean;
}

/** Methods by what they are for: Stratum of Bitcoin and its kin, EthereumStratum, eth-proxy, and the dialect of Monero's pools. */
const METHODS: Readonly<Record<string, StratumMessage["kind"]>> = {
  "mining.subscribe": "hello",
  "mining.hello": "hello",
  "mining.extranonce.subscribe": "hello",
  "mining.configure": "hello",
  "mining.authorize": "login",
  eth_submitLogin: "login",
  eth_login: "login",
  "mining.submit": "share",
  eth_submitWork: "share",
  "mining.notify": "job",
  "mining.set_target": "job",
  "mining.set_difficulty": "job",
  "mining.set_extranonce": "job",
  eth_getWork: "other",
  eth_submitHashrate: "other",
  "mining.multi_version": "other",
  "mining.suggest_difficulty": "other",
};
/** Methods of Monero's dialect have names that others use as well: their parameters must show it. */
const SHOWN_BY_PARAMETERS: Readonly<Record<string, { kind: StratumMessage["kind"]; needs: string }>> = {
  login: { kind: "login", needs: "login" },
  submit: { kind: "share", needs: "nonce" },
  job: { kind: "job", needs: "blob" },
  keepalived: { kind: "other", needs: "id" },
};

/** Reads one line. @returns null if it is no message of the protocol. */
export function parseStratum(line: string): StratumMessage | null {
  const json = readObject(line);
  if (json === null) return null;
  const id = typeof json["id"] === "number" || typeof json["id"] === "string" ? String(json["id"]) : null;
  const method = json["method"];
  if (typeof method !== "string") return "result" in json || "error" in json ? answer(json, id) : null;
  const parameters = json["params"];
  const kind = kindOf(method, parameters);
  if (kind === null) return null;
  return {
    kind,
    method,
    id,
    agent:
      kind === "hello" ? textOf(parameters, 0, "agent") : kind === "login" ? textOf(parameters, -1, "agent") : null,
    worker: kind === "login" ? textOf(parameters, 0, "login") : null,
    isAccepted: null,
    hasJob: kind === "job",
  };
}

function kindOf(method: string, parameters: unknown): StratumMessage["kind"] {
  if (Object.hasOwn(METHODS, method)) return METHODS[method] ?? null;
  if (!Object.hasOwn(SHOWN_BY_PARAMETERS, method)) return null;
  const known = SHOWN_BY_PARAMETERS[method]!;
  return isObject(parameters) && known.needs in parameters ? known.kind : null;
}

function answer(json: Readonly<Record<string, unknown>>, id: string | null): StratumMessage {
  const result = json["result"];
  const failed = json["error"] !== null && json["error"] !== undefined;
  const hasJob =
    (isObject(result) && isObject(result["job"])) ||
    (Array.isArray(result) && result.length >= 3 && /^0x[0-9a-f]{64}$/.test(String(result[0])));
  const agrees = result === true || (isObject(result) && result["status"] === "OK");
  const refuses = failed || result === false;
  return {
    kind: null,
    method: null,
    id,
    agent: null,
    worker: null,
    isAccepted: refuses ? false : agrees ? true : null,
    hasJob,
  };
}

/** A text of the parameters: by its place in a list (-1: by name only), or by its name. */
function textOf(parameters: unknown, place: number, name: string): string | null {
  const value = Array.isArray(parameters)
    ? place < 0
      ? undefined
      : (parameters as readonly unknown[])[place]
    : isObject(parameters)
      ? parameters[name]
      : undefined;
  return typeof value === "string" && value !== "" ? value.slice(0, 256) : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readObject(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = JSON.parse(line) as unknown;
    return isObject(value) ? value : null;
  } catch {
    // Cut short or no JSON: no message.
    return null;
  }
}
