import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { make, scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
beforeAll(() => make(["--techniques", scratch.path]));

/** The ledger of a generated capture, a line each, the same lines once. */
async function ledgerOf(name: string): Promise<string[]> {
  const { rows } = await analyzeInline([join(scratch.path, `${name}.pcapng`)]);
  const lines = (rows.get("archive_op") ?? []).map((row) =>
    [row["operation"], row["outcome"], row["actor"], row["object"], row["new_object"], row["archive_kind"]]
      .map((cell) => String(cell ?? "-"))
      .join(" | "),
  );
  return [...new Set(lines)];
}

describe("the archive ledger of SMB", () => {
  it.each(["archive-delete", "archive-rename", "archive-truncate", "archive-overwrite", "archive-read"])(
    "%s",
    async (name) => {
      expect(await ledgerOf(name)).toMatchSnapshot();
    },
  );

  it("leaves out files that are no archives", async () => {
    expect(await ledgerOf("smb-file-copy")).toEqual([]);
  });
});
