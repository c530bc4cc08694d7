import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BacktrailError } from "../contracts/result.ts";
import { guarded } from "./database-problem.ts";
import { MemoryShare } from "./memory-share.ts";

const MIB = 1024 * 1024;
/** Some 40 MiB of texts in a list, which cannot go to a file. */
const LARGE = "SELECT len(list(repeat('x', 40) || i)) AS n FROM range(600000) r(i)";

describe("MemoryShare", () => {
  let instance: DuckDBInstance;
  beforeAll(async () => {
    instance = await DuckDBInstance.create(":memory:", { threads: "1", memory_limit: "256MiB" });
  });
  afterAll(() => instance.closeSync());

  async function value(sql: string): Promise<unknown> {
    const connection = await instance.connect();
    try {
      const reader = await guarded("memory", () => connection.runAndReadAll(sql));
      return reader.getRows()[0]?.[0];
    } finally {
      connection.closeSync();
    }
  }
  const limit = () => value("SELECT current_setting('memory_limit')");

  it("has little while work is thrifty, and all for the question that needs it, which runs alone", async () => {
    const share = new MemoryShare("memory", instance, 256 * MIB, 24 * MIB);
    const limits: unknown[] = [];
    let running = 0;
    let runningBeside = -1;
    await share.thriftily(async () => {
      let askOnce = () => {};
      const isAskedOnce = new Promise<void>((resolve) => (askOnce = resolve));
      const small = async () => {
        running++;
        await isAskedOnce;
        running--;
      };
      const large = async () => {
        limits.push(await limit());
        runningBeside = running;
        askOnce();
        return value(LARGE);
      };
      const [, found] = await Promise.all([share.enough(small), share.enough(large), share.enough(small)]);
      expect(found).toBe(600000n);
      expect(await limit()).toBe("24.0 MiB");
    });
    expect(limits).toEqual(["24.0 MiB", "256.0 MiB"]);
    expect(runningBeside).toBe(0);
    expect(await limit()).toBe("256.0 MiB");
  });

  it("leaves a question that does not fit into all memory unanswered, and goes on with others", async () => {
    const share = new MemoryShare("memory", instance, 32 * MIB, 24 * MIB);
    await share.thriftily(async () => {
      await expect(share.enough(() => value(LARGE))).rejects.toMatchObject({ code: "out-of-memory" });
      expect(await share.enough(() => value("SELECT 1"))).toBe(1);
      expect(await limit()).toBe("24.0 MiB");
    });
    expect(await limit()).toBe("32.0 MiB");
  });

  it("lets others go on where the memory cannot be set behind a question that was asked alone", async () => {
    let isFailing = false;
    const connect = () => (isFailing ? Promise.reject(new Error("no connection")) : instance.connect());
    const share = new MemoryShare("memory", { connect } as unknown as DuckDBInstance, 32 * MIB, 24 * MIB);
    let times = 0;
    const large = () => {
      isFailing = ++times === 2;
      throw new BacktrailError("out-of-memory", "more");
    };
    await share.thriftily(async () => {
      await expect(share.enough(large)).rejects.toThrow("no connection");
      isFailing = false;
      expect(await share.enough(() => value("SELECT 1"))).toBe(1);
    });
  });

  it("asks once where work is not thrifty, and never again for another error", async () => {
    const share = new MemoryShare("memory", instance, 256 * MIB, 24 * MIB);
    let asked = 0;
    const wrong = () => {
      asked++;
      return value("SELECT nothing");
    };
    await expect(share.enough(wrong)).rejects.toThrow();
    await expect(share.thriftily(() => share.enough(wrong))).rejects.toThrow();
    expect(asked).toBe(2);
  });
});
