import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stampService, trustedRoots } from "./stamp-service.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-stamp-"));
  for (const name of ["XDG_CONFIG_HOME", "APPDATA"]) vi.stubEnv(name, folder);
  mkdirSync(join(folder, "backtrail"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(join(folder, "backtrail", name), text, { mode: 0o600 });

describe("the configured time stamp service", () => {
  it("is what the user's file says, unless the command line says otherwise", () => {
    write("stamp.yaml", "service: https://tsa.example/tsr\nroots: tsa.pem\nauthorization: account\n");
    write("tsa.pem", "PEM");
    write("account", "ann:secret\n");
    expect(stampService({})).toEqual({ url: "https://tsa.example/tsr", authorization: "ann:secret" });
    expect(stampService({ service: "http://other.example/" })).toEqual({ url: "http://other.example/" });
    expect(trustedRoots({})).toBe("PEM");
  });

  it("is asked for where nobody named it, and a mistake is told with its place", () => {
    expect(() => stampService({})).toThrow(/name a service in .*stamp\.yaml/);
    expect(() => trustedRoots({})).toThrow(/--roots FILE/);
    write("stamp.yaml", "service: ftp://tsa.example/\n");
    expect(() => stampService({})).toThrow(/stamp\.yaml:1:10: give the service as http/);
  });

  it.skipIf(process.platform === "win32")("does not use a password that others may read", () => {
    write("stamp.yaml", "service: https://tsa.example/tsr\nauthorization: account\n");
    write("account", "ann:secret\n");
    chmodSync(join(folder, "backtrail", "account"), 0o644);
    expect(() => stampService({})).toThrow(/can be read by others/);
  });
});
