import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connection, row } from "../../test/detection-rows.ts";
import { RecordTables, timeOf } from "../../test/record-tables.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

/** How long a console over pipes and the calls of a beacon are told to last, and what they are told to have moved. */

const ADMIN = "10.0.0.7";
const SERVER = "10.0.0.20";
const OUTSIDE = "203.0.113.9";
const UID = "CsmbConsole1";

let tables: RecordTables;
beforeEach(async () => {
  tables = await RecordTables.create();
});
afterEach(() => tables.close());

async function found(id: string) {
  await tables.finish();
  await inferEstate(tables, parseScope("assets: []\n"));
  const { findings } = await runDetections(
    tables,
    DETECTIONS.filter((each) => each.id === id),
  );
  return findings;
}

describe("a console over the pipes of a service", () => {
  const at = (second: string): string => `2024-03-01 02:${second}`;
  const smb = (clock: string, frame: number, fields: Readonly<Record<string, unknown>>): Promise<void> =>
    row(tables, "smb_operations", clock, ADMIN, SERVER, {
      "id.resp_p": 445,
      uid: UID,
      n: frame,
      capture: 1,
      frame,
      last_capture: 1,
      last_frame: frame + 1,
      ...fields,
    });
  const pipe = { action: "transfer", share_type: "PIPE", path: `\\\\${SERVER}\\IPC$` };

  /** A program is brought and started as a service, and its console used until frame 90. */
  async function play(outcome: string, sealed = false): Promise<void> {
    await connection(tables, at("00:00"), ADMIN, SERVER, 445, { uid: UID, duration: 1200e9 });
    const program = { path: `\\\\${SERVER}\\ADMIN$`, name: "PSEXESVC.exe", share_type: "DISK", user: "op" };
    await smb(at("00:01"), 10, { ...program, action: "open", outcome: "confirmed", create_action: "CREATED" });
    for (const [i, opnum] of [12, 19].entries())
      await row(tables, "dce_rpc", at(`00:0${i + 2}`), ADMIN, SERVER, {
        "id.resp_p": 49_700,
        uid: "CrpcService1",
        n: i + 1,
        endpoint: "svcctl",
        operation: opnum === 12 ? "CreateServiceW" : "StartServiceW",
        opnum,
        outcome,
        sealed,
      });
    const name = "PSEXESVC-WS-77-std";
    await smb(at("00:05"), 20, { ...pipe, user: "op", name: `${name}in`, bytes_written: 120, last_frame: 88 });
    await smb(at("00:06"), 22, { ...pipe, user: "op", name: `${name}out`, bytes_read: 3440, last_frame: 90 });
  }

  it.each(["BT-LM-001", "BT-LM-002", "BT-LM-004"])("makes %s last as long as it is used", async (id) => {
    await play("confirmed");
    const [finding] = await found(id);
    expect(finding?.tsLast).toBe(timeOf(at("20:00")).toString());
  });

  it("ends before what is done on its connection afterwards", async () => {
    await play("confirmed");
    await smb(at("04:00"), 95, { action: "open", path: `\\\\${SERVER}\\public`, name: "plan.txt", share_type: "DISK" });
    const [finding] = await found("BT-LM-002");
    expect(finding).toMatchObject({
      tsLast: timeOf(at("04:00")).toString(),
      explanation: expect.stringContaining(
        "a program answered over the pipes: 120 bytes went in and 3.4 kB came back",
      ) as unknown,
    });
  });

  it.each([
    ["confirmed", "created and started a service there"],
    ["refused", "asked (and was refused) to create and start a service there"],
    ["unanswered", "asked (success was not seen) to create and start a service there"],
  ])("tells a service whose creation and start were %s as that", async (outcome, words) => {
    await play(outcome);
    const [finding] = await found("BT-LM-004");
    expect(finding?.explanation).toContain(words);
  });

  it("tells what was asked in sealed calls as asked for, and from its console that it ran", async () => {
    await play("confirmed", true);
    const [made] = await found("BT-LM-004");
    expect(made).toMatchObject({ outcome: "observed", title: "Admin-share write followed by remote execution" });
    expect(made?.explanation).toMatch(
      /asked \(in sealed calls\) to create and start a service there; .* shows that it ran\.$/,
    );
    const [service] = await found("BT-LM-001");
    expect(service?.explanation).toMatch(
      /^Somebody on .* asked to create a service \(name sealed\) .* shows that it ran\.$/,
    );
    expect(service).toMatchObject({ outcome: "observed", title: "Remote service created and started" });
  });
});

describe("calls at regular intervals", () => {
  beforeEach(() =>
    connection(tables, "2024-03-01 02:00:00", ADMIN, OUTSIDE, 80, { uid: "ChttpBeacon1", duration: 100e9 }),
  );

  /** One every five seconds. */
  const call = (i: number, path: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    const clock = new Date(Date.parse("2024-03-01T02:00:00Z") + i * 5000).toISOString().slice(0, 19).replace("T", " ");
    return row(tables, "http", clock, ADMIN, OUTSIDE, {
      "id.resp_p": 80,
      uid: "ChttpBeacon1",
      n: i + 1,
      method: "GET",
      host: OUTSIDE,
      uri: path,
      user_agent: "agent/1",
      status_code: 200,
      request_body_len: 0,
      response_body_len: 149,
      ...fields,
    });
  };

  it("tell all of their requests and answers, the largest with their times, and their paths", async () => {
    for (let i = 0; i < 20; i++)
      await call(
        i,
        `/${["a", "b", "c"][i % 3]}`,
        {
          8: { response_body_len: 1_863_205 },
          10: { method: "POST", request_body_len: 5788 },
        }[i],
      );
    const [finding] = await found("BT-C2-001");
    expect(finding).toMatchObject({
      count: 20,
      explanation: expect.stringContaining(
        "20 HTTP requests (19 GET and 1 POST) for 3 paths, such as /a, by agent/1; 5.8 kB out, 1.9 MB in (bodies), by the largest answer 1.9 MB at 02:00:40 and by the largest request 5.8 kB at 02:00:50;",
      ) as unknown,
    });
  });

  it("are mostly for one path only where more than half are", async () => {
    for (let i = 0; i < 20; i++) await call(i, i % 4 === 0 ? "/b" : "/a");
    const [finding] = await found("BT-C2-001");
    expect(finding?.explanation).toContain("20 GET requests, mostly for /a by agent/1; 0 B out, 3.0 kB in (bodies);");
  });
});
