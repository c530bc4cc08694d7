import { describe, expect, it } from "vitest";
import { storeOf } from "./sealed-store.ts";
import { SealedTurns } from "./sealed-turns.ts";

/** Turns a tenth of a second apart: octets of the client, then of the server. */
function sumsOf(turns: readonly (readonly [up: number, down: number])[], pauseMs = 100) {
  const sealed = new SealedTurns();
  let ms = 0;
  const now = () => ({ ts: BigInt((ms += pauseMs)) * 1_000_000n, capture: 1, frame: 1 });
  for (const [up, down] of turns) {
    sealed.add(up, true, now());
    sealed.add(down, false, now());
  }
  return sealed.sums();
}

describe("turns of a sealed session", () => {
  it("are uploads, downloads and exchanges that bring nothing", () => {
    const sums = sumsOf([
      [9500, 300],
      [9480, 310],
      [700, 60_000],
      [600, 1500],
      [650, 250],
      [650, 250],
      [650, 250],
    ]);
    expect(sums).toMatchObject({
      exchanges: 7,
      uploads: 2,
      parts: 2,
      partOctets: 9500,
      downloads: 1,
      bare: 3,
      series: 3,
    });
    expect(sums).toMatchObject({ uploadOctets: 18_980, downloadOctets: 60_000 });
  });

  it("do not end with an interim answer, nor with tickets while the first request goes out", () => {
    expect(
      sumsOf([
        [800, 40],
        [20_000, 300],
      ]),
    ).toMatchObject({ exchanges: 1, uploads: 1, uploadOctets: 20_800 });
    expect(
      sumsOf([
        [800, 510],
        [9000, 300],
      ]),
    ).toMatchObject({ exchanges: 1, uploads: 1 });
    expect(
      sumsOf([
        [0, 500],
        [650, 250],
      ]),
    ).toMatchObject({ exchanges: 1, bare: 1 });
  });

  it("further apart than five seconds are no series", () => {
    expect(
      sumsOf(
        Array.from({ length: 4 }, () => [650, 250] as const),
        6000,
      ),
    ).toMatchObject({ bare: 4, series: 1 });
  });
});

it("names of object stores are told from others", () => {
  const stores = {
    "bucket.s3.eu-central-1.amazonaws.com": "s3",
    "s3.amazonaws.com": "s3",
    "s3.wasabisys.com": "s3",
    "veeam.blob.core.windows.net": "azure_blob",
    "storage.googleapis.com": "gcs",
    "f003.backblazeb2.com": "b2",
    "s3.us-west-002.backblazeb2.com": "s3",
    "minio.corp.example": "s3",
  };
  for (const [name, service] of Object.entries(stores)) expect(storeOf(name), name).toBe(service);
  for (const name of ["www.example.com", "console.aws.amazon.com", "objection.example", "ms3.example"])
    expect(storeOf(name), name).toBeNull();
});
