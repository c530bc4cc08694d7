import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, probe } from "../../../test/analyzer-harness.ts";
import { rsync } from "./rsync.ts";

type Step = [fromOriginator: boolean, octets: string];

/** rsync 3.2.7 pushing with a log-on. */
const PUSH: Step[] = [
  [false, "@RSYNCD: 31.0 sha512 md5\n"],
  [true, "@RSYNCD: 31.0 sha512 md5\n"],
  [true, "backup\n"],
  [false, "@RSYNCD: AUTHREQD Pxk2sHjXw3NLg6xCFcpMpA\n"],
  [true, "svc J2kXyqQ0a8b7\n"],
  [false, "@RSYNCD: OK\n"],
  [true, "--server\0-logDtpre.iLsfxCIvu\0--delete\0.\0backup/new\0\0"],
  [true, "\x01\x02bulk"],
  [false, "\x07\x08more"],
];

const run = (steps: readonly Step[], size = 1 << 16): Trial => {
  const trial = new Trial(rsync, { respP: 873 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
};

describe("rsync daemon", () => {
  it("tells module, user, direction and paths", () => {
    for (const size of [1, 4, 1 << 16]) {
      expect(run(PUSH, size).table("rsync")).toMatchObject([
        {
          client_version: "31.0",
          module: "backup",
          auth_required: true,
          user: "svc",
          auth_success: true,
          direction: "upload",
          options: ["-logDtpre.iLsfxCIvu", "--delete"],
          paths: ["backup/new"],
          deletes: true,
          orig_octets: 6,
          resp_octets: 6,
        },
      ]);
    }
  });

  it("lists modules and refusals", () => {
    const list = run([
      [false, "@RSYNCD: 31.0\n"],
      [true, "@RSYNCD: 31.0\n#list\n"],
      [false, "backup         \tnightly\nlogs\t\n@RSYNCD: EXIT\n"],
    ]);
    expect(list.table("rsync")[0]).toMatchObject({ module: "#list", modules: ["backup", "logs"] });
    const refused = run([...PUSH.slice(0, 5), [false, "@ERROR: auth failed on module backup\n"]]);
    expect(refused.table("rsync")[0]).toMatchObject({ auth_success: false, error: "auth failed on module backup" });
  });

  it("reads arguments of old clients by lines, and a pull without a log-on", () => {
    const trial = run([
      [false, "@RSYNCD: 29\n"],
      [true, "@RSYNCD: 29\nbackup\n"],
      [false, "@RSYNCD: OK\n"],
      [true, "--server\n--sender\n-l\n.\nbackup/a\n\n"],
    ]);
    expect(trial.table("rsync")[0]).toMatchObject({ direction: "download", paths: ["backup/a"], auth_required: false });
  });

  it("is recognised by its greeting, and never throws", () => {
    expect(probe(rsync, "@RSYNCD: 31")).toBe("yes");
    expect(probe(rsync, "@RS")).toBe("more");
    expect(probe(rsync, "@ERROR")).toBe("no");
    for (const [side, octets] of PUSH)
      for (let end = 0; end < octets.length; end++) run([[side, octets.slice(0, end)]]);
    const part = fc.oneof(fc.constantFrom("@RSYNCD: 31.0\n", "@RSYNCD: OK\n", "x\n", "\0", ".\0", "\n"), fc.string());
    fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), part)), (steps) => void run(steps)));
  });
});
