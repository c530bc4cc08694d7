import { createSocket } from "node:dgram";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer as createHttp, type Server, type ServerResponse } from "node:http";
import dns from "node:dns/promises";
import { syncBuiltinESMExports } from "node:module";
import type { AddressInfo } from "node:net";
import { createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTls } from "node:tls";
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Finding } from "../contracts/finding.ts";
import { alarmAlert, findingAlert, testAlert, verificationAlert, withdrawalAlert, type Alert } from "./alert.ts";
import { readAlertConfig, type Destination, type WebhookDestination } from "./alert-config.ts";
import { AlertDesk, sendAtOnce } from "./alert-desk.ts";
import { AlertQueue } from "./alert-queue.ts";
import { alertCef, syslogMessage } from "./alert-forms.ts";
import { DestinationAlarms } from "./destination-alarms.ts";
import { Rejected } from "./sender.ts";
import { SyslogSender } from "./syslog-sender.ts";
import { WebhookSender } from "./webhook-sender.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-alert-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const FINDING = {
  id: "F-0123456789ab",
  detection: "BT-LM-004",
  title: "Admin share | service",
  phase: "lateral-movement",
  attack: ["T1021.002"],
  severity: "high",
  confidence: 0.9,
  basis: "fact",
  outcome: "confirmed",
  tsFirst: "1700000000123456789",
  tsLast: "1700000001000000000",
  source: "10.0.0.5",
  target: "fe80::1",
  user: "LAB\\eve",
  object: null,
  count: 2,
  explanation: "eve wrote a=b\nCEF:0|forged \u202etxt",
  records: [],
  recordCount: 0,
  parameters: {},
  adjustments: [],
  also: [],
} satisfies Finding;
const ALERT: Alert = { ...findingAlert(FINDING, "watch"), at: "2026-01-02T03:04:05.678Z" };

describe("an alert", () => {
  it("is one RFC 5424 message, whatever the finding's text", () => {
    const text = syslogMessage(ALERT, { body: "json" }, "1");
    expect(text).toMatch(/^<131>1 2026-01-02T03:04:05\.678Z [\x21-\x7e]+ backtrail \d+ finding - \{/);
    expect(text).toMatch(/^[\x20-\x7e]*$/);
    const body = JSON.parse(text.slice(text.indexOf("{"))) as {
      message: string;
      finding: { id: string; tsFirst: string };
    };
    expect(body.message).toBe(FINDING.explanation);
    expect(body.finding).toMatchObject({ id: FINDING.id, tsFirst: "2023-11-14T22:13:20.123Z" });
    expect(
      Buffer.byteLength(syslogMessage({ ...ALERT, message: "x".repeat(5000) }, { body: "json" }, "1")),
    ).toBeLessThan(2048);
    const long = "x".repeat(70_000);
    const longest = { ...ALERT, title: long, case: long, finding: { ...FINDING, user: long, object: long } };
    for (const body of ["json", "cef"] as const)
      expect(Buffer.byteLength(syslogMessage(longest, { body }, "1"))).toBeLessThan(8192);
  });

  it("of two interfaces that are lost in one millisecond is one each", () => {
    const lost = ["eth1 is gone.", "eth2 is gone."].map((message) => ({
      at: ALERT.at,
      code: "interface-lost",
      message,
    }));
    const ids = [...lost, lost[0]!].map((alarm) => alarmAlert(alarm, false, "watch").id);
    expect(new Set(ids).size).toBe(2);
  });

  it("is one line of CEF with its separators escaped", () => {
    expect(alertCef(ALERT, "1")).toBe(
      "CEF:0|Backtrail|Backtrail|1|BT-LM-004|Admin share \\| service|8|rt=1767323045678 externalId=F-0123456789ab cat=lateral-movement" +
        " outcome=confirmed src=10.0.0.5 c6a3=fe80::1 c6a3Label=Destination IPv6 Address suser=LAB\\\\eve start=1700000000123 end=1700000001000" +
        " cnt=2 cs1=watch cs1Label=case cs2=T1021.002 cs2Label=attack msg=eve wrote a\\=b\\nCEF:0|forged \u202etxt",
    );
  });
});

function config(text: string): Destination[] {
  const path = join(folder, "alerts.yaml");
  writeFileSync(path, text);
  return readAlertConfig(path);
}

describe("the configuration", () => {
  it("takes secrets from the environment or a file, and says where it is wrong", () => {
    writeFileSync(join(folder, "token"), "s3cret\n");
    const read = config(
      "destinations:\n- {name: a, kind: splunk, to: 'https://splunk:8088', token: {file: token}}\n- {name: b, kind: syslog, to: 'tls://[::1]:6514', body: cef, min-severity: high}\n",
    );
    expect(read[0]).toMatchObject({ kind: "splunk", token: "s3cret", minSeverity: "low" });
    expect(read[1]).toMatchObject({ transport: "tls", host: "::1", port: 6514, body: "cef", minSeverity: "high" });
    process.env["BACKTRAIL_TEST_TOKEN"] = "from the environment";
    const entry = "{name: a, kind: webhook, to: 'https://hook', token: {env: BACKTRAIL_TEST_TOKEN}}";
    expect(config(`destinations:\n- ${entry}\n`)[0]).toMatchObject({ token: "from the environment" });
    // Processes that are started later must not have it.
    expect(process.env["BACKTRAIL_TEST_TOKEN"]).toBeUndefined();
    const wrong = (entry: string) => () => config(`destinations:\n- ${entry}\n`);
    expect(wrong("{name: a, kind: splunk, to: 'https://x', token: abc}")).toThrow("destinations.0");
    expect(wrong("{name: a, kind: splunk, to: 'https://x', token: {env: BACKTRAIL_NOT_SET}}")).toThrow(
      "BACKTRAIL_NOT_SET is not set",
    );
    expect(wrong("{name: a, kind: splunk, to: 'http://x', token: {file: token}}")).toThrow("in clear");
    expect(wrong("{name: a, kind: syslog, to: 'ftp://x:1'}")).toThrow("destinations.0");
    for (const to of ["udp://siem:99999", "tcp://siem:0", "tls://si em:6514"])
      expect(wrong(`{name: a, kind: syslog, to: '${to}'}`)).toThrow(`${to} is no address with a port`);
    expect(wrong("{name: a, kind: webhook, to: 'http://me:s3cret@x'}")).toThrow("the address of a has a secret in it");
    writeFileSync(join(folder, "empty"), "\n");
    expect(wrong("{name: a, kind: splunk, to: 'https://x', token: {file: empty}}")).toThrow("empty is empty");
    writeFileSync(join(folder, "lines"), "one\ntwo\n");
    expect(wrong("{name: a, kind: splunk, to: 'https://x', token: {file: lines}}")).toThrow("lines holds is no token");
  });
});

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
const named = { minSeverity: "info", ca: null } as const;
const AWAY: WebhookDestination = {
  ...named,
  name: "away",
  kind: "webhook",
  url: "http://127.0.0.1:9",
  index: "",
  token: null,
};

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("delivery", () => {
  it("goes by UDP, by TCP with lengths, and by TLS only to a receiver whose certificate holds, whatever the environment says", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    onTestFinished(() => void vi.unstubAllEnvs());
    const got: string[] = [];
    const udp = createSocket("udp4").on("message", (message) => got.push(`udp ${message.toString()}`));
    await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
    const tcp = createTcp((socket) => socket.on("data", (data) => got.push(`tcp ${data.toString()}`))).listen(
      0,
      "127.0.0.1",
    );
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        key,
        "-out",
        cert,
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
      ],
      { stdio: "ignore" },
    );
    const pem = execFileSync("cat", [cert], { encoding: "utf8" });
    const tls = createTls({ key: execFileSync("cat", [key]), cert: pem }, (socket) =>
      socket.on("data", (data: Buffer) => got.push(`tls ${data.toString()}`)),
    ).listen(0, "localhost");
    tls.on("tlsClientError", () => undefined);
    await until(() => tcp.listening && tls.listening);
    const syslog = (
      name: string,
      transport: "udp" | "tcp" | "tls",
      host: string,
      port: number,
      ca: string | null,
    ): Destination => {
      return { ...named, name, kind: "syslog", transport, host, port, body: "json", ca };
    };
    const results = await sendAtOnce(
      [
        syslog("udp", "udp", "127.0.0.1", udp.address().port, null),
        syslog("tcp", "tcp", "127.0.0.1", portOf(tcp), null),
        syslog("tls", "tls", "localhost", portOf(tls), pem),
        syslog("unknown", "tls", "localhost", portOf(tls), null),
        { ...named, name: "hook", kind: "webhook", url: `https://localhost:${portOf(tls)}`, index: "", token: null },
      ],
      testAlert("watch"),
      "1",
    );
    await until(() => got.length >= 3);
    expect(results.map(({ problem }) => problem === null)).toEqual([true, true, true, false, false]);
    for (const { problem } of results.slice(3)) expect(problem).toMatch(/self-signed/);
    const framed = got.find((text) => text.startsWith("tcp "))!.slice(4);
    const space = framed.indexOf(" ");
    expect(Number(framed.slice(0, space))).toBe(framed.length - space - 1);
    udp.close();
    tcp.close();
    tls.close();
  });

  it("waits for a receiver that is away, over a restart, and tells each alert once", async () => {
    const bodies: string[] = [];
    let answer = { status: 503, text: "" };
    const server: Server = createHttp((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (piece: string) => (body += piece));
      request.on("end", () => {
        if (answer.status === 200) bodies.push(`${request.headers.authorization ?? ""} ${request.url ?? ""} ${body}`);
        response.writeHead(answer.status).end(answer.text);
      });
    }).listen(0, "127.0.0.1");
    await until(() => server.listening);
    const to: Destination = {
      ...named,
      name: "elastic",
      kind: "elastic",
      url: `http://127.0.0.1:${portOf(server)}`,
      index: "i",
      token: "t",
    };
    const queues = join(folder, "queues");
    const first = new AlertDesk([to], queues, "1");
    first.tell(ALERT);
    first.tell(ALERT);
    first.tell({ ...alarmAlert({ at: ALERT.at, code: "disk-full", message: "full" }, false, "watch") });
    await until(() => first.status()[0]!.problem !== null);
    expect(first.status()[0]).toMatchObject({
      waiting: 2,
      delivered: 0,
      problem: "the receiver is not ready (HTTP 503)",
    });
    await first.close();
    appendFileSync(join(queues, "elastic.queue"), "{torn\n");
    answer = {
      status: 200,
      text: JSON.stringify({ errors: true, items: [{ create: { status: 201 } }, { create: { status: 409 } }] }),
    };
    const second = new AlertDesk([to], queues, "1");
    second.tell(ALERT);
    await until(() => second.status()[0]!.waiting === 0);
    await second.close();
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).toMatch(/^ApiKey t \/_bulk \{"create":\{"_index":"i","_id":"F-0123456789ab-high"\}\}\n/);
    expect(bodies[0]!.trim().split("\n")).toHaveLength(4);
    const third = new AlertDesk([to], queues, "1");
    expect(third.status()[0]!.waiting).toBe(0);
    await third.close();
    server.close();
  });

  it("leaves out findings below the least severity, and nothing that the sensor says of itself", async () => {
    const queues = join(folder, "least");
    const to: Destination = { ...AWAY, minSeverity: "critical" };
    const desk = new AlertDesk([to], queues, "1");
    const alarm = { at: ALERT.at, code: "disk-full", message: "full" };
    for (const isOver of [false, true]) desk.tell(alarmAlert(alarm, isOver, "watch"));
    desk.tell(verificationAlert(true, "2 segments are as they were written.", "watch"));
    desk.tell(ALERT);
    desk.tell(withdrawalAlert(FINDING, "watch"));
    await desk.close();
    const waiting = new AlertQueue(queues, "away").next(9);
    expect(waiting.map(({ kind }) => kind)).toEqual(["alarm", "alarm-over", "verification"]);
  });

  it("tells a finding again that was withdrawn and is found again, once, also over a restart", async () => {
    const queues = join(folder, "withdrawn");
    const to = AWAY;
    const withdrawn = (at: string) => ({
      ...withdrawalAlert(FINDING, "watch"),
      id: `withdrawn-${FINDING.id}-2026-01-02T${at}Z`,
    });
    const first = new AlertDesk([to], queues, "1");
    for (const alert of [ALERT, withdrawn("03:05:00.000"), ALERT, ALERT]) first.tell(alert);
    expect(first.status()[0]!.waiting).toBe(3);
    await first.close();
    const second = new AlertDesk([to], queues, "1");
    // Its story was not kept before a crash: the second withdrawal is of the same.
    for (const alert of [ALERT, withdrawn("03:06:00.000"), withdrawn("03:07:00.000"), ALERT]) second.tell(alert);
    await second.close();
    const waiting = new AlertQueue(queues, "away").next(9);
    expect(waiting.map(({ kind }) => kind)).toEqual([
      "finding",
      "finding-withdrawn",
      "finding",
      "finding-withdrawn",
      "finding",
    ]);
    expect(new Set(waiting.map(({ id }) => id)).size).toBe(5);
    expect(withdrawalAlert(FINDING, "watch").id).toMatch(/^withdrawn-F-0123456789ab-\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it("reaches a receiver that has an IPv6 address alone, and one that is named by its address without a warning", async () => {
    const got: string[] = [];
    const udp = createSocket("udp6").on("message", (message) => got.push(message.toString()));
    await new Promise<void>((resolve) => udp.bind(0, "::1", resolve));
    const to = { ...named, name: "six", kind: "syslog", body: "json" } as const;
    vi.spyOn(dns, "lookup").mockImplementation((() => Promise.resolve([{ address: "::1", family: 6 }])) as never);
    syncBuiltinESMExports();
    onTestFinished(() => {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    });
    const sender = new SyslogSender({ ...to, transport: "udp", host: "siem", port: udp.address().port }, "1");
    await sender.send([ALERT]);
    await until(() => got.length === 1);
    udp.close();
    const warned = vi.spyOn(process, "emitWarning");
    const tls = new SyslogSender({ ...to, transport: "tls", host: "127.0.0.1", port: 9 }, "1");
    await expect(tls.send([ALERT])).rejects.toThrow();
    expect(warned).not.toHaveBeenCalled();
  });

  it("counts an answer that is no answer of Elastic, half of one, or one without end as nothing taken", async () => {
    let answer = (_: ServerResponse): void => undefined;
    const server = createHttp((request, response) => {
      request.resume().on("end", () => answer(response));
    }).listen(0, "127.0.0.1");
    await until(() => server.listening);
    const url = `http://127.0.0.1:${portOf(server)}`;
    const sender = new WebhookSender({ ...AWAY, kind: "elastic", url }, 300);
    for (const text of ["{}", "null", "[]", '"ok"', "<html>", '{"errors":fal']) {
      answer = (response) => void response.end(text);
      await expect(sender.send([ALERT])).rejects.toThrow("not Elastic's bulk interface");
    }
    answer = (response) => {
      response.writeHead(200, { "Content-Length": 100 }).write('{"errors":false', () => response.destroy());
    };
    await expect(sender.send([ALERT])).rejects.toThrow();
    answer = (response) => {
      const drip = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drip));
    };
    await expect(sender.send([ALERT])).rejects.toThrow("no answer in time");
    answer = (response) => void response.end('{"errors":false,"items":[]}');
    await sender.send([ALERT]);
    server.close();
  });

  it("by UDP goes on behind what no datagram can hold", async () => {
    const udp = createSocket("udp4");
    await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
    const got: string[] = [];
    udp.on("message", (message) => got.push(message.toString()));
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => void warnings.push(name);
    process.on("warning", onWarning);
    const to = { ...named, name: "udp", kind: "syslog", transport: "udp", host: "127.0.0.1", body: "json" } as const;
    const sender = new SyslogSender({ ...to, port: udp.address().port }, "1");
    const tooLong = { ...ALERT, finding: { ...FINDING, attack: Array<string>(10_000).fill("T1021.002") } };
    const { rejected } = await sender.send([tooLong, ...Array<Alert>(12).fill(ALERT)]);
    expect(rejected).toEqual([{ alert: tooLong, reason: "it is longer than a datagram can be" }]);
    await until(() => got.length === 12);
    expect(warnings).toEqual([]);
    process.off("warning", onWarning);
    udp.close();
  });

  it("over TCP counts only what the receiver read to its end", async () => {
    const got: string[] = [];
    let answer: "reset" | "close" | "read" = "reset";
    const server = createTcp({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => undefined);
      if (answer === "reset") return void socket.once("data", () => socket.resetAndDestroy());
      if (answer === "close") return void socket.end();
      let text = "";
      socket.on("data", (data) => (text += data.toString()));
      socket.on("end", () => {
        got.push(text);
        socket.end();
      });
    }).listen(0, "127.0.0.1");
    await until(() => server.listening);
    const to = { ...named, name: "tcp", kind: "syslog", transport: "tcp", host: "127.0.0.1", body: "json" } as const;
    const waits = { connect: 5000, settle: 100, close: 5000 };
    const sender = new SyslogSender({ ...to, port: portOf(server) }, "1", waits);
    await expect(sender.send([ALERT])).rejects.toThrow();
    answer = "close";
    await expect(sender.send([ALERT])).rejects.toThrow("the receiver closed the connection");
    answer = "read";
    await sender.send([ALERT, ALERT]);
    expect(got[0]!.match(/backtrail \d+ finding/g)).toHaveLength(2);
    server.close();
  });

  it("over TCP takes a receiver that never closes its side for one that reads only when it is still there", async () => {
    const server = createTcp({ allowHalfOpen: true }, (socket) => socket.resume()).listen(0, "127.0.0.1");
    await until(() => server.listening);
    const to = { ...named, name: "tcp", kind: "syslog", transport: "tcp", host: "127.0.0.1", body: "json" } as const;
    const sender = new SyslogSender({ ...to, port: portOf(server) }, "1", { connect: 5000, settle: 10, close: 50 });
    await expect(sender.send([ALERT])).rejects.toThrow("not known");
    await sender.send([ALERT]);
    await sender.send([ALERT]);
    server.close();
  });

  it("repeats of a batch only what Elastic did not take", async () => {
    const bodies: string[] = [];
    const answers = [
      { errors: true, items: [{ create: { status: 201 } }, { create: { status: 429 } }, { create: { status: 400 } }] },
      { errors: false, items: [{ create: { status: 201 } }] },
    ];
    const server: Server = createHttp((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (piece: string) => (body += piece));
      request.on("end", () => {
        response.writeHead(200).end(JSON.stringify(answers[bodies.length]));
        bodies.push(body);
      });
    }).listen(0, "127.0.0.1");
    await until(() => server.listening);
    const queues = join(folder, "bulk");
    mkdirSync(queues);
    const waiting = new AlertQueue(queues, "elastic");
    for (const id of ["first", "second", "third"]) waiting.add({ ...ALERT, id });
    const url = `http://127.0.0.1:${portOf(server)}`;
    const desk = new AlertDesk(
      [{ ...named, name: "elastic", kind: "elastic", url, index: "i", token: null }],
      queues,
      "1",
    );
    await until(() => desk.status()[0]!.waiting === 0);
    expect(desk.status()[0]).toMatchObject({ delivered: 2, rejected: 1 });
    await desk.close();
    expect(bodies.map((body) => [...body.matchAll(/"_id":"(\w+)"/g)].map(([, id]) => id))).toEqual([
      ["first", "second", "third"],
      ["second"],
    ]);
    expect(new AlertQueue(queues, "elastic").size).toBe(0);
    server.close();
  });

  it("waits for hours without asking more than every few minutes, and then has all in order", async () => {
    let isAway = true;
    let asked = 0;
    const got: string[] = [];
    const server: Server = createHttp((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (piece: string) => (body += piece));
      request.on("end", () => {
        asked++;
        if (!isAway) got.push(...(JSON.parse(body) as { id: string }[]).map(({ id }) => id));
        response.writeHead(isAway ? 503 : 200).end();
      });
    }).listen(0, "127.0.0.1");
    await until(() => server.listening);
    const url = `http://127.0.0.1:${portOf(server)}/`;
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const hook: Destination = { ...named, name: "hook", kind: "webhook", url, index: "", token: null };
      const desk = new AlertDesk([hook], join(folder, "hours"), "1");
      // Six hours, an alert every ten minutes.
      for (let minute = 0; minute < 360; minute++) {
        if (minute % 10 === 0) desk.tell({ ...ALERT, id: `alert-${minute}` });
        vi.advanceTimersByTime(60_000);
        const before = asked;
        for (let n = 0; n < 20 && asked === before; n++) await turn();
      }
      expect(asked).toBeLessThan(6 * 60);
      expect(desk.status()[0]).toMatchObject({ waiting: 36, delivered: 0 });
      isAway = false;
      while (desk.status()[0]!.waiting > 0) {
        vi.advanceTimersByTime(60_000);
        await turn();
      }
    } finally {
      vi.useRealTimers();
    }
    expect(got).toEqual(Array.from({ length: 36 }, (_, n) => `alert-${n * 10}`));
    server.close();
  });

  it("keeps what is queued behind a line that a crash cut", () => {
    writeFileSync(join(folder, "cut.queue"), '{"id":"cu');
    new AlertQueue(folder, "cut").add(ALERT);
    expect(new AlertQueue(folder, "cut").next(2)).toEqual([ALERT]);
  });

  it("begins whatever its files are, and keeps in them what is sent of an alert", () => {
    const queues = join(folder, "begins");
    mkdirSync(queues);
    const records = Array.from({ length: 300 }, (_, n) => `smb_files:${n}`);
    new AlertQueue(queues, "many").add({ ...ALERT, finding: { ...FINDING, records } });
    expect(new AlertQueue(queues, "many").next(1)[0]!.finding!.records).toEqual(records.slice(0, 10));
    // Neither a cursor nor a queue that can be written: as on a disk that is full.
    mkdirSync(join(queues, "full.delivered.next"));
    writeFileSync(join(queues, "full.queue"), `{damaged\n${JSON.stringify(ALERT)}\n`);
    expect(new AlertQueue(queues, "full").next(9)).toEqual([ALERT]);
    mkdirSync(join(queues, "away.queue"));
    const desk = new AlertDesk([AWAY], queues, "1");
    expect(desk.alarms).toMatchObject([{ code: "alerts-unread" }]);
    expect(readdirSync(queues)).toContainEqual(expect.stringMatching(/^away\.queue\.\d{4}-.+Z\.unread$/));
  });

  it("loses nothing that comes after a file that could not be read, and no queue for its cursor", () => {
    const queues = join(folder, "set-aside");
    mkdirSync(join(queues, "one.queue"), { recursive: true });
    writeFileSync(join(queues, "one.delivered"), "1");
    new AlertQueue(queues, "one").add(ALERT);
    expect(new AlertQueue(queues, "one").next(2)).toEqual([ALERT]);
    mkdirSync(join(queues, "two.delivered"));
    new AlertQueue(queues, "two").add(ALERT);
    const { unread, size } = new AlertQueue(queues, "two");
    expect({ unread, size }).toEqual({ unread: null, size: 1 });
  });

  it("keeps its file small while a receiver refuses some for days", () => {
    const queue = new AlertQueue(folder, "refusing", 10_000);
    for (const id of ["a", "b"]) queue.add({ ...ALERT, id });
    for (let tries = 0; tries < 40; tries++) queue.putBack(2, queue.next(2));
    expect(statSync(join(folder, "refusing.queue")).size).toBeLessThan(20_000);
    expect(new AlertQueue(folder, "refusing").next(9)).toHaveLength(2);
  });

  it("has an alarm for what it leaves out as too many wait", async () => {
    const desk = new AlertDesk([AWAY], join(folder, "left-out"), "1");
    vi.spyOn(AlertQueue.prototype, "add").mockReturnValue(false);
    onTestFinished(() => void vi.restoreAllMocks());
    desk.tell(ALERT);
    const [alarm] = desk.alarms;
    expect(alarm).toMatchObject({ code: "alerts-left-out" });
    desk.tell(alarmAlert(alarm!, false, "watch"));
    expect(desk.alarms).toEqual([alarm]);
    await desk.close();
  });

  it("keeps alerts where a proxy answers for the receiver, with an alarm after ten minutes", async () => {
    let status = 302;
    const server = createHttp((request, response) => {
      request.resume().on("end", () => response.writeHead(status).end());
    }).listen(0, "127.0.0.1");
    await until(() => server.listening);
    const sender = new WebhookSender({ ...AWAY, url: `http://127.0.0.1:${portOf(server)}/` });
    for (status of [302, 404, 407]) {
      const failure = await sender.send([ALERT]).catch((error: unknown) => error);
      expect(failure).toHaveProperty("message", expect.stringContaining(`HTTP ${status}`));
      expect(failure).not.toBeInstanceOf(Rejected);
    }
    server.close();
    const alarms = new DestinationAlarms("hook");
    const now = vi.spyOn(performance, "now");
    onTestFinished(() => now.mockRestore());
    const at = (minutes: number, waiting: number) => {
      now.mockReturnValue(minutes * 60_000);
      return alarms.all(waiting).map(({ code }) => code);
    };
    expect([at(1, 1), at(10, 2), at(12, 2), at(13, 0)]).toEqual([[], [], ["alerts-waiting"], []]);
    alarms.rejected(ALERT);
    expect([at(14, 0), at(24, 0)]).toEqual([["alerts-rejected"], []]);
  });

  it("sets aside what a receiver will never take, and only that", async () => {
    const server: Server = createHttp((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (piece: string) => (body += piece));
      request.on("end", () => response.writeHead(body.includes("disk-full") ? 400 : 200).end("no"));
    }).listen(0, "127.0.0.1");
    await until(() => server.listening);
    const to: Destination = {
      ...named,
      name: "hook",
      kind: "webhook",
      url: `http://127.0.0.1:${portOf(server)}/x`,
      index: "",
      token: null,
    };
    const desk = new AlertDesk([to], join(folder, "rejected"), "1");
    desk.tell(alarmAlert({ at: ALERT.at, code: "disk-full", message: "full" }, false, "watch"));
    desk.tell(ALERT);
    await until(() => desk.status()[0]!.waiting === 0);
    expect(desk.status()[0]).toMatchObject({ delivered: 1, rejected: 1 });
    expect(desk.alarms).toMatchObject([{ code: "alerts-rejected" }]);
    await desk.close();
    server.close();
  });
});
