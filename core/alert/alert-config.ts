import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { SEVERITIES } from "../contracts/finding.ts";
import { BacktrailError } from "../contracts/result.ts";

/** A secret is never in the configuration: it names a variable of the environment, or a file. */
const SECRET = z.union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })]);
type Secret = z.infer<typeof SECRET>;

const COMMON = {
  name: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, "letters, digits, - and _ only, 40 at most"),
  /** Of findings; what the sensor says of itself is always sent. */
  "min-severity": z.enum(SEVERITIES).default("low"),
  /** File with the certificates to trust in place of the system's, PEM. */
  ca: z.string().optional(),
};

const SYSLOG = z.strictObject({
  ...COMMON,
  kind: z.literal("syslog"),
  to: z.string().regex(/^(udp|tcp|tls):\/\/.+:\d{1,5}$/, "like udp://host:514, tcp://host:601 or tls://host:6514"),
  body: z.enum(["json", "cef"]).default("json"),
});

const WEBHOOK = z.strictObject({
  ...COMMON,
  kind: z.enum(["elastic", "splunk", "webhook"]),
  to: z.url({ protocol: /^https?$/ }),
  /** Elastic: index to write to. */
  index: z.string().default("backtrail-alerts"),
  /** Elastic: API key; Splunk: HEC token; webhook: bearer token. */
  token: SECRET.optional(),
});

const CONFIG = z.strictObject({
  destinations: z
    .array(z.union([SYSLOG, WEBHOOK]))
    .min(1)
    .max(16),
});

interface Named {
  readonly name: string;
  readonly minSeverity: (typeof SEVERITIES)[number];
  /** PEM; null for the system's. */
  readonly ca: string | null;
}

export interface SyslogDestination extends Named {
  readonly kind: "syslog";
  readonly transport: "udp" | "tcp" | "tls";
  readonly host: string;
  readonly port: number;
  readonly body: "json" | "cef";
}

export interface WebhookDestination extends Named {
  readonly kind: "elastic" | "splunk" | "webhook";
  readonly url: string;
  readonly index: string;
  readonly token: string | null;
}

export type Destination = SyslogDestination | WebhookDestination;

/**
 * Reads where alerts go (YAML, docs/recording.md). Variables that hold secrets are taken out of the environment, so that no process
 * that is started later has them.
 * @throws BacktrailError naming the place of what is wrong.
 */
export function readAlertConfig(path: string): Destination[] {
  const checked = CONFIG.safeParse(parsed(path));
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw refused(path, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`);
  }
  const { destinations } = checked.data;
  const names = destinations.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw refused(path, `two destinations are named ${twice}`);
  const read = destinations.map((each): Destination => {
    const ca = each.ca === undefined ? null : textOf(resolve(dirname(path), each.ca), path);
    const named = { name: each.name, minSeverity: each["min-severity"], ca };
    if (each.kind === "syslog") {
      const { protocol, hostname, port } = receiverOf(each.to, path);
      const transport = protocol.slice(0, -1) as SyslogDestination["transport"];
      return {
        ...named,
        kind: "syslog",
        transport,
        host: hostname.replace(/^\[|\]$/g, ""),
        port: Number(port),
        body: each.body,
      };
    }
    const { username, password } = new URL(each.to);
    // Anybody may read the configuration, and what it says would go around the check below.
    if (username !== "" || password !== "")
      throw refused(path, `the address of ${each.name} has a secret in it: name a file or variable with it as token`);
    const token = each.token === undefined ? null : secretOf(each.token, path);
    if (token !== null && isInClear(each.to))
      throw refused(path, `${each.name} would send its token in clear: use https`);
    return { ...named, kind: each.kind, url: each.to, index: each.index, token };
  });
  for (const each of destinations)
    if ("token" in each && each.token !== undefined && "env" in each.token) delete process.env[each.token.env];
  return read;
}

function parsed(path: string): unknown {
  const text = textOf(path, path);
  try {
    return parse(text);
  } catch (error) {
    throw refused(path, (error as Error).message);
  }
}

/** Of a syslog receiver. */
function receiverOf(to: string, config: string): URL {
  const url = URL.canParse(to) ? new URL(to) : null;
  if (url === null || Number(url.port) === 0) throw refused(config, `${to} is no address with a port, 1 to 65535`);
  return url;
}

/** A line with nothing in it that no header can have: else it would be refused at every delivery, long after the start. */
const TOKEN = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

function secretOf(secret: Secret, config: string): string {
  const inFile = "file" in secret;
  const value = inFile ? textOf(resolve(dirname(config), secret.file), config).trim() : process.env[secret.env];
  const where = inFile ? secret.file : `the variable ${secret.env}`;
  if (value === undefined || value === "") throw refused(config, `${where} is ${inFile ? "empty" : "not set"}`);
  if (!TOKEN.test(value)) throw refused(config, `what ${where} holds is no token: one line of printable ASCII`);
  return value;
}

function isInClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

function textOf(path: string, config: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw refused(config, `${path} cannot be read (${(error as Error).message})`);
  }
}

function refused(path: string, what: string): BacktrailError {
  return new BacktrailError(
    "alert-config",
    `The alert destinations in ${path} cannot be used: ${what}. docs/recording.md has an example.`,
  );
}
