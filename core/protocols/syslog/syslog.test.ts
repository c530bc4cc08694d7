import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, probe } from "../../../test/analyzer-harness.ts";
import { parseSyslog } from "./message.ts";
import { syslog } from "./syslog.ts";

/** As logger of util-linux sends them. */
const OLD = "<36>Mar  1 02:14:07 vbr01 backup[812]: repository removed";
const MODERN = "<155>1 2024-03-01T02:14:07.5+00:00 vbr01 backup 812 - - job failed";

describe("syslog", () => {
  it("reads both forms", () => {
    expect(parseSyslog(OLD)).toMatchObject({
      facility: "AUTH",
      severity: "WARNING",
      host: "vbr01",
      app: "backup",
      process: "812",
    });
    expect(parseSyslog(MODERN)).toMatchObject({ facility: "LOCAL3", severity: "ERR", host: "vbr01", app: "backup" });
    expect(parseSyslog("X")).toMatchObject({ facility: "UNSPECIFIED", severity: "UNSPECIFIED", text: "X", host: null });
    expect(parseSyslog("<999>y").facility).toBe("?-124");
  });

  it("gives a record a datagram", () => {
    const trial = new Trial(syslog, { carrier: "udp", respP: 514 });
    trial.send(true, OLD);
    trial.send(true, MODERN);
    trial.send(false, MODERN);
    expect(trial.table("syslog").map((row) => row["proto"])).toEqual(["udp", "udp", "udp"]);
  });

  it("parts a stream by lengths or by lines", () => {
    for (const size of [1, 5, 1000]) {
      const counted = new Trial(syslog, { respP: 601 });
      counted.sendInPieces(true, `${OLD.length} ${OLD}${MODERN.length} ${MODERN}`, size);
      expect(counted.table("syslog").map((row) => row["severity"])).toEqual(["WARNING", "ERR"]);
      const lines = new Trial(syslog, { respP: 514 });
      lines.sendInPieces(true, `${OLD}\n${MODERN}\n`, size);
      expect(lines.table("syslog")).toHaveLength(2);
    }
  });

  it("goes on by lines after a gap", () => {
    const trial = new Trial(syslog, { respP: 514 });
    trial.send(true, `${OLD}\n<36>half`);
    trial.gap(10, true);
    trial.send(true, `rest\n${MODERN}\n`);
    expect(trial.table("syslog")).toHaveLength(3);
  });

  it("is recognised by priority and time anywhere, by less on its ports", () => {
    expect(probe(syslog, MODERN, { carrier: "udp" })).toBe("yes");
    expect(probe(syslog, "<13>hello", { carrier: "udp" })).toBe("no");
    expect(probe(syslog, "<13>hello", { carrier: "udp", onPort: true, respPort: 514 })).toBe("yes");
    expect(probe(syslog, "root\0root\0", { onPort: true, respPort: 514 })).toBe("no");
    expect(probe(syslog, "<1", { onPort: true })).toBe("more");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom("<13>", "12 ", "\n", "9999999 "), fc.string())), (parts) => {
        for (const carrier of ["udp", "tcp"] as const) {
          const trial = new Trial(syslog, { carrier, respP: 514 });
          for (const part of parts) trial.send(true, part);
          trial.close();
        }
        probe(syslog, parts.join(""), {});
      }),
    );
  });
});
