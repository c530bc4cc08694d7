import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, probe } from "../../../test/analyzer-harness.ts";
import { telnet } from "./telnet.ts";

type Step = [fromOriginator: boolean, octets: string];

const SESSION: Step[] = [
  [false, "\xff\xfd\x18\xff\xfb\x01\xff\xfb\x03"],
  [true, "\xff\xfb\x18\xff\xfb\x1f"],
  [false, "\xff\xfa\x18\x01\xff\xf0"],
  [true, "\xff\xfa\x18\x00XTERM\xff\xf0\xff\xfa\x27\x00\x00LANG\x01C\xff\xf0"],
  [false, "Debian GNU/Linux 12\r\nserver login: "],
  [true, "rook\x7f\x7fot\r\0"],
  [false, "Password: "],
  [true, "wr0ng\r\0"],
  [false, "\r\nLogin incorrect\r\nserver login: "],
  [true, "admin\r\0"],
  [false, "Password: "],
  [true, "s3cret\r\0"],
  [false, "\r\nLast login: Fri\r\nadmin@server:~$ "],
  [true, "rm -rf /backup\r\0"],
  [false, "rm -rf /backup\r\nadmin@server:~$ "],
];

const run = (steps: readonly Step[], size = 1 << 16): Trial => {
  const trial = new Trial(telnet, { respP: 23 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
};

describe("telnet", () => {
  it("tells who logged on, with what, and what was typed", () => {
    for (const size of [1, 5, 1 << 16]) {
      const trial = run(SESSION, size);
      expect(trial.table("telnet")).toMatchObject([
        {
          user: "admin",
          password_sent: true,
          attempts: 2,
          success: true,
          terminal: "XTERM",
          environment: ["LANG=C"],
          client_options: ["TERMINAL-TYPE", "NAWS"],
          server_options: ["ECHO", "SGA"],
          commands: ["rm -rf /backup"],
          banner: "Debian GNU/Linux 12",
        },
      ]);
      expect(JSON.stringify(trial.table("telnet"))).not.toMatch(/s3cret|wr0ng/);
    }
    expect(run(SESSION.slice(0, 9)).table("telnet")[0]).toMatchObject({ user: "root", attempts: 1, success: false });
    expect(run(SESSION.slice(0, 8)).table("telnet")[0]).toMatchObject({ success: null });
  });

  it("is recognised by its options", () => {
    expect(probe(telnet, "\xff\xfd\x18\xff\xfb\x01")).toBe("yes");
    expect(probe(telnet, "\xff\xfd\x18")).toBe("more");
    expect(probe(telnet, "\xff\xfd\x18", { onPort: true })).toBe("yes");
    expect(probe(telnet, "\xff\xd8\xff\xe0")).toBe("no");
  });

  it("never throws", () => {
    for (const [side, octets] of SESSION)
      for (let end = 0; end < octets.length; end++) run([[side, octets.slice(0, end)]]);
    const part = fc.oneof(fc.constantFrom("\xff\xfa", "\xff\xf0", "login: ", "Password: ", "\r", "\xff"), fc.string());
    fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), part)), (steps) => void run(steps)));
  });
});
