import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connection, row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { inferEstate } from "../estate/infer.ts";
import { EMPTY_SCOPE } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

/** What is told of small sites, of captures that begin late, and of those that hold one direction only. */

const CLIENT = "10.0.0.77";
const SERVER = "10.0.0.20";

let tables: RecordTables;
beforeEach(async () => {
  tables = await RecordTables.create();
});
afterEach(() => tables.close());

async function run(...ids: string[]) {
  await tables.finish();
  await inferEstate(tables, EMPTY_SCOPE);
  const { findings } = await runDetections(
    tables,
    DETECTIONS.filter(({ id }) => ids.includes(id)),
  );
  return findings;
}

const clock = (second: number): string =>
  `2024-03-01 10:${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}`;

describe("a tunnel of few names (BT-C2-002)", () => {
  const asks = async (count: number, name: (i: number) => string, qtype_name: string): Promise<void> => {
    for (let i = 0; i < count; i++)
      await row(tables, "dns", clock(i), CLIENT, SERVER, { "id.resp_p": 53, query: name(i), qtype_name });
  };
  const hex = (i: number, length: number): string => (i * 7919 + 12345).toString(16).repeat(60).slice(0, length);

  it("is told by names nearly as long as can be, octets of no host's name, and a type that nothing else asks for", async () => {
    await asks(16, (i) => `${hex(i, 60)}.${hex(i, 40)}.a.example.org`, "TXT");
    await asks(12, (i) => `r${i}\u00e3\u00f0\u00c9${hex(i, 30)}.b.example.com`, "CNAME");
    await asks(12, (i) => `${hex(i, 32)}.c.example.net`, "NULL");
    for (let i = 0; i < 9; i++)
      await row(tables, "dns", clock(i), CLIENT, SERVER, {
        "id.resp_p": 53,
        query: `s${i}.example.edu`,
        qtype_name: "TXT",
        answers: [`TXT 200 ${hex(i, 200)}`],
      });
    const found = (await run("BT-C2-002")).map(({ object, attack }) => [object, attack.includes("T1048.003")]);
    expect(found.toSorted()).toEqual([
      ["example.com", true],
      ["example.edu", false],
      ["example.net", true],
      ["example.org", true],
    ]);
  });

  it("is told medium by names as long as can be alone, which look-ups of reputation have too", async () => {
    await asks(16, (i) => `${hex(i, 60)}.${hex(i, 40)}.a.example.org`, "A");
    expect(await run("BT-C2-002")).toMatchObject([{ severity: "medium" }]);
  });

  it("is not seen in names that people write in their own letters, nor in names that are asked of two servers", async () => {
    await asks(12, (i) => `büroküche-für-gäste-und-besucher-${i}.example.com`, "A");
    await asks(12, (i) => `文件服务器备份系统数据中心机房网络存储设备管理平台监控告警日志审计-${i}.example.net`, "A");
    await asks(12, (i) => `сервер-резервного-копирования-филиала-${i}.example.org`, "A");
    await asks(30, (i) => `${hex(i, 50)}.a.example.edu`, "A");
    for (let i = 0; i < 30; i++)
      await row(tables, "dns", clock(i), CLIENT, "10.0.0.21", {
        query: `${hex(i, 50)}.a.example.edu`,
        qtype_name: "A",
      });
    expect(await run("BT-C2-002")).toEqual([]);
  });

  it("is not seen in a few long names, nor in short ones", async () => {
    await asks(12, (i) => `${hex(i, 60)}.${hex(i, 40)}.a.example.org`, "A");
    await asks(35, (i) => `${hex(i, 20)}.cdn.example.com`, "A");
    expect(await run("BT-C2-002")).toEqual([]);
  });
});

describe("searches of a small directory (BT-DI-009)", () => {
  const search = (filter: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> =>
    row(tables, "ldap_search", clock(1), CLIENT, SERVER, {
      uid: "SEARCH",
      "id.resp_p": 389,
      scope: "tree",
      base_object: "DC=corp,DC=example",
      filter,
      result: "success",
      result_count: 9,
      ...fields,
    });

  it("are told where they ask for a whole class, or for passwords in descriptions", async () => {
    await search("(&(objectCategory=person)(objectClass=user))");
    await search("(description=*pass*)", { result_count: 1 });
    expect(await run("BT-DI-009")).toMatchObject([
      { explanation: expect.stringContaining("for all accounts, stored passwords (2 times") as unknown },
    ]);
  });

  it("are told as tried where no answer was captured", async () => {
    await connection(tables, clock(0), CLIENT, SERVER, 389, { uid: "SEARCH", resp_pkts: 0, resp_bytes: 0 });
    await search("(objectClass=*)", { result: null, result_count: 0 });
    expect(await run("BT-DI-009")).toMatchObject([
      {
        outcome: "attempted",
        severity: "low",
        explanation: expect.stringMatching(/; no answer was captured\.$/) as unknown,
      },
    ]);
  });

  it("are for passwords where a description is asked for one, by whatever word", async () => {
    for (const value of ["*initialpasswort*", "pwd:*", "*Pass*", "*user_password*"])
      await search(`(description=${value})`, { result_count: 1 });
    expect(await run("BT-DI-009")).toMatchObject([
      { explanation: expect.stringMatching(/for stored passwords \(4 times.*; 4 entries came back\.$/) as unknown },
    ]);
  });

  it("are nothing where a picker of people asks, or a word only holds another", async () => {
    await search("(&(objectCategory=person)(objectClass=user)(displayName=*smith*))");
    await search("(&(objectClass=user)(|(sn=*mei*)(givenName=*mei*)))");
    await search("(description=*compass*)");
    await search("(info=*passenger list*)");
    expect(await run("BT-DI-009")).toEqual([]);
  });

  it("are nothing where they look for somebody, or below one unit", async () => {
    await search("(&(objectClass=user)(department=Sales))");
    await search("(&(objectClass=user)(sAMAccountName=anna))");
    await search("(objectClass=user)", { base_object: "OU=Phones,DC=corp,DC=example" });
    await search("(objectClass=*)");
    expect(await run("BT-DI-009")).toEqual([]);
  });
});

describe("accounts opened number after number (BT-DI-006)", () => {
  const opens = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++)
      await row(tables, "dce_rpc", clock(i), CLIENT, SERVER, {
        "id.resp_p": 445,
        endpoint: "samr",
        opnum: 34,
        operation: "SamrOpenUser",
        target_name: `RID ${1100 + i}`,
        outcome: i % 2 === 0 ? "confirmed" : "refused",
      });
  };

  it("are an enumeration, told low", async () => {
    await opens(8);
    expect(await run("BT-DI-006")).toMatchObject([{ severity: "low", outcome: "confirmed" }]);
  });

  it("are none where they are few", async () => {
    await opens(4);
    expect(await run("BT-DI-006")).toEqual([]);
  });
});

describe("account names that do not exist (BT-CA-010)", () => {
  const asks = async (count: number, seconds: number): Promise<void> => {
    for (let i = 0; i < count; i++)
      await row(tables, "kerberos", clock(i * seconds), CLIENT, SERVER, {
        "id.resp_p": 88,
        request_type: "AS",
        client: `name${i}/CORP.EXAMPLE`,
        success: false,
        error_code: 6,
        error_msg: "KDC_ERR_C_PRINCIPAL_UNKNOWN",
      });
  };

  it("are a search for names, told medium where they are few and quick", async () => {
    await asks(4, 5);
    expect(await run("BT-CA-010")).toMatchObject([{ severity: "medium", outcome: "refused", attack: ["T1087.002"] }]);
  });

  it("are none where they come now and then", async () => {
    await asks(5, 60);
    expect(await run("BT-CA-010")).toEqual([]);
  });
});

describe("many targets that do not exist (BT-DI-025)", () => {
  const asks = async (user_agent: string, uri = (i: number) => `/dists/part${i}/InRelease`): Promise<void> => {
    for (let i = 0; i < 40; i++)
      await row(tables, "http", clock(i), CLIENT, SERVER, {
        "id.resp_p": 80,
        method: "GET",
        uri: uri(i),
        status_code: 404,
        user_agent,
      });
  };

  it("are a scan", async () => {
    await asks("Mozilla/5.0");
    expect(await run("BT-DI-025")).toHaveLength(1);
  });

  it("are none where a package manager looks for its lists", async () => {
    await asks("Debian APT-HTTP/1.3 (2.6.1)");
    await asks("npm/10.2.4 node/v20.11.0", (i) => `/@site%2fpart${i}`);
    await asks("Apache-Maven/3.9.6", (i) => `/repository/org/part${i}/1.0/part-1.0.jar.sha1`);
    expect(await run("BT-DI-025")).toEqual([]);
  });

  it("are a scan too where only the name is a package manager's", async () => {
    await asks("npm/10.2.4 node/v20.11.0", (i) => `/admin${i}.php`);
    expect(await run("BT-DI-025")).toHaveLength(1);
  });
});

describe("calls without their bind", () => {
  const calls = async (count: number, answers: Readonly<Record<number, number>>): Promise<void> => {
    for (let i = 0; i < count; i++)
      for (const [opnum, response_octets] of Object.entries(answers))
        await row(tables, "dce_rpc", clock(i), CLIENT, SERVER, {
          uid: "CALLS",
          "id.resp_p": 49_700,
          endpoint: "unknown",
          opnum: Number(opnum),
          operation: `unknown-${opnum}`,
          response_octets,
          outcome: "confirmed",
        });
  };

  it("are the Zerologon pattern by the sizes of their answers, and none is said to be accepted (BT-CA-022)", async () => {
    await calls(24, { 4: 12, 26: 20 });
    expect(await run("BT-CA-022")).toMatchObject([{ basis: "inference", outcome: "attempted" }]);
  });

  it("are not where the answers have other sizes", async () => {
    await calls(24, { 4: 40, 26: 120 });
    expect(await run("BT-CA-022")).toEqual([]);
  });

  it("are automation where their object was learned, also without its start (BT-LM-008)", async () => {
    await row(tables, "dce_rpc", clock(0), CLIENT, SERVER, {
      uid: "DCOM",
      "id.resp_p": 49_700,
      endpoint: "IDispatch",
      opnum: 6,
      operation: "Invoke",
      outcome: "confirmed",
    });
    expect(await run("BT-LM-008")).toMatchObject([{ severity: "medium" }]);
  });
});
