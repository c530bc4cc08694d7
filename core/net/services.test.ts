import { describe, expect, it } from "vitest";
import { NO_SERVICES, withoutService, withService } from "./services.ts";

describe("services of connections", () => {
  it("are one list for all connections of one service", () => {
    const http = withService(NO_SERVICES, "http");
    expect(http).toEqual(["http"]);
    expect(withService(NO_SERVICES, "http")).toBe(http);
    expect(withService(http, "http")).toBe(http);
  });

  it("are never changed in place", () => {
    const http = withService(NO_SERVICES, "http");
    expect(withService(http, "ntlm")).toEqual(["http", "ntlm"]);
    expect(withoutService(http, "http")).toEqual([]);
    expect(withoutService(http, "ntlm")).toBe(http);
    expect(http).toEqual(["http"]);
  });
});
