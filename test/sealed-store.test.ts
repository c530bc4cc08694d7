import { join } from "node:path";
import { expect, it } from "vitest";
import { readSecrets } from "../core/engine/secrets/read-secrets.ts";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { RECORDED } from "./recorded-samples.ts";

it("what lengths and times show of an object store's calls is what the key log shows that they were", async () => {
  const capture = join(RECORDED, "s3-tls.pcapng");
  const sealed = (await analyzeInline([capture])).rows.get("sealed_store") ?? [];
  const { given } = readSecrets({ tlsKeylogs: [join(RECORDED, "s3-tls.secrets")], keytabs: [], ntHashes: [] });
  const opened = (await analyzeInline([capture], { secrets: given })).rows;
  expect(opened.get("sealed_store") ?? []).toEqual([]);
  const calls = opened.get("object_store") ?? [];
  const told = new Map<unknown, string>();
  for (const uid of new Set(calls.map((row) => row["uid"]))) {
    const own = calls.filter((row) => row["uid"] === uid);
    const count = (test: (up: number, down: number) => boolean) =>
      own.filter((row) => test(Number(row["request_octets"]), Number(row["response_octets"]))).length;
    told.set(
      uid,
      [
        own.length,
        count((up) => up > 4096),
        count((_, down) => down > 4096),
        count((up, down) => up + down < 700),
      ].join(),
    );
  }
  const inferred = new Map(
    sealed.map((row) => [
      row["uid"],
      ["exchanges", "uploads", "downloads", "bare"].map((name) => String(row[name])).join(),
    ]),
  );
  expect(inferred).toEqual(told);
  // The deletions of the intruder: seven in a row, after one list.
  expect(sealed.at(-1)).toMatchObject({ "id.orig_h": "10.99.0.3", exchanges: 8n, series: 7n, service: "s3" });
});
