// Captures as a person brings them: dropped on a window that has no case yet. In Chromium they are sent to the engine, in Electron read
// where they are.
import type { Server } from "node:http";
import { createServer } from "node:http";
import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkspace } from "../core/engine/workspace.ts";
import type { OpenWindow } from "../test/window-places.ts";
import { windowPlaces } from "../test/window-places.ts";

/** On a busy machine the engine takes its time. */
const PATIENCE = { timeout: 100_000 };
const SAMPLE = fileURLToPath(new URL("../samples/recorded/ntp.pcapng", import.meta.url));

for (const where of windowPlaces()) {
  const { name: place, missing } = where;
  describe.skipIf(missing !== null)(`captures dropped in ${place}`, () => {
    let folder: string;
    let cases: string;
    let window: OpenWindow;
    let page: Page;
    let tools: CDPSession;
    const complaints: string[] = [];

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "backtrail-intake-"));
      cases = join(folder, "cases");
      window = await where.open(cases, null);
      page = window.page;
      page.on("pageerror", (error) => complaints.push(error.message));
      tools = await page.context().newCDPSession(page);
    });

    afterAll(async () => {
      await window?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const drop = async (...files: string[]) => {
      for (const type of ["dragEnter", "dragOver", "drop"] as const)
        await tools.send("Input.dispatchDragEvent", {
          type,
          x: 500,
          y: 300,
          data: { items: [], files, dragOperationsMask: 1 },
        });
    };
    const decide = async (name: string) => {
      await page.getByRole("textbox", { name: "Name of the new case" }).fill(name);
      await page.getByRole("button", { name: "Read", exact: true }).click();
    };
    const alert = () => page.getByRole("alert").filter({ hasText: "could not be read" });

    it("says what is wrong with a file that is no capture, and leaves no case behind", async () => {
      const damaged = join(folder, "damaged.pcapng");
      writeFileSync(damaged, "no capture at all, only some text that was renamed");
      await page.waitForSelector("#choose-captures", { state: "attached" });
      await drop(damaged);
      await decide("damaged");
      await alert().waitFor(PATIENCE);
      expect(await alert().innerText()).toContain("damaged.pcapng could not be read");
      expect(existsSync(join(cases, "damaged.case"))).toBe(false);
      await page.getByRole("button", { name: "Close" }).click();
      await alert().waitFor({ state: "detached" });
    });

    it.runIf(place === "Chromium")(
      "shows how far sending is, and leaves nothing when it is cancelled or the page is loaded again",
      async () => {
        const large = join(folder, "large.pcapng");
        writeFileSync(large, Buffer.alloc(8 * 1024 * 1024));
        const conditions = { offline: false, latency: 0, downloadThroughput: -1 };
        await tools.send("Network.enable");
        await tools.send("Network.emulateNetworkConditions", { ...conditions, uploadThroughput: 256 * 1024 });
        const arrived = () =>
          readdirSync(join(cases, ".arriving"), { recursive: true, withFileTypes: true }).filter((entry) =>
            entry.isFile(),
          );
        const offers = () => window.shown!.offers.all;
        await drop(large);
        await decide("large");
        await page.getByRole("progressbar", { name: "Copied" }).waitFor();
        await expect.poll(() => arrived().length, PATIENCE).toBe(1);
        expect(await page.locator(".intake-strip .n").innerText()).toMatch(/of 8\.4 MB/);
        await page.getByRole("button", { name: "Cancel" }).click();
        await expect.poll(() => [offers().length, arrived().length], PATIENCE).toEqual([0, 0]);
        await drop(large);
        await decide("large");
        await expect.poll(() => arrived().length, PATIENCE).toBe(1);
        await page.reload();
        await expect.poll(() => [offers().length, arrived().length], PATIENCE).toEqual([0, 0]);
        await tools.send("Network.emulateNetworkConditions", { ...conditions, uploadThroughput: -1 });
        expect(existsSync(join(cases, "large.case"))).toBe(false);
      },
    );

    it("reads a capture into a new case and shows it, in both windows", async () => {
      const capture = join(folder, "monday.pcapng");
      copyFileSync(SAMPLE, capture);
      const second = await window.another();
      await drop(capture);
      expect(await page.inputValue("input[aria-label='Name of the new case']")).toBe("monday");
      await decide("Monday <b>");
      await page.getByRole("status").filter({ hasText: "read into" }).waitFor(PATIENCE);
      await page.locator(".bar .case").waitFor(PATIENCE);
      expect(await page.locator(".bar .case").innerText()).toContain("Monday _b_");
      if (place === "Chromium") {
        await second.evaluate("dispatchEvent(new Event('focus'))");
        await second.locator(".bar .case").waitFor(PATIENCE);
        await second.evaluate(`location.hash = "view=Evidence"`);
        expect(await page.evaluate("location.hash")).not.toContain("Evidence"); // each window has its own place
      }
      await second.close();
      await page.getByRole("button", { name: "Close", exact: true }).click();
    });

    it.runIf(place === "Chromium")(
      "keeps what was sent in the case, with its hash in the journal as it arrived",
      () => {
        const { source } = window.shown!;
        const [entry] = source!.ledger.entries;
        expect(entry!.relativePath).toBe("evidence/monday.pcapng");
        expect(source!.journal.entries.at(-1)).toMatchObject({
          action: "capture-received",
          sha256: entry!.sha256,
          detail: { octets: entry!.octets, agrees: true },
        });
      },
    );

    it.runIf(place === "Chromium")("adds captures to the open case, and refuses one that is in it", async () => {
      const capture = join(folder, "tuesday.pcapng");
      copyFileSync(SAMPLE.replace("ntp", "snmp"), capture);
      await drop(capture);
      await page.getByRole("radio", { name: /Into the open case/ }).check();
      await page.getByRole("button", { name: "Read", exact: true }).click();
      await expect.poll(() => window.shown!.source?.ledger.entries.length, PATIENCE).toBe(2);
      await page.getByRole("status").filter({ hasText: "read into" }).waitFor(PATIENCE);
      await expect.poll(() => page.locator(".bar .chip").innerText(), PATIENCE).toContain("2 captures");
    });

    it.runIf(place === "Chromium")(
      "carves a session's packets for download, and no other way in stands open",
      async () => {
        const cookies = await page.context().cookies();
        const asked = (path: string, init: object = {}) =>
          page.evaluate<number>(`fetch(${JSON.stringify(path)}, ${JSON.stringify(init)}).then(({ status }) => status)`);
        const { id } = await page.evaluate<{ id: string }>(
          `fetch("api/query.run", { method: "POST", headers: { "content-type": "application/json" }, body: '{"text":"SELECT uid FROM conn LIMIT 1"}' })
          .then((answer) => answer.json())
          .then(({ value }) => fetch("api/slice.make", { method: "POST", headers: { "content-type": "application/json" },
            body: JSON.stringify({ subject: { kind: "session", id: value.rows[0][0] }, whole: false }) }))
          .then((answer) => answer.json()).then(({ value }) => value)`,
        );
        expect(await asked(`slices/${id}`)).toBe(200);
        expect(await asked("slices/none")).toBe(404);
        expect(await asked("captures/none", { method: "PUT", body: "x" })).toBe(415);
        const octets = { "content-type": "application/octet-stream" };
        const origin = new URL(window.url!).origin;
        const put = (headers: Record<string, string>) =>
          fetch(`${origin}/captures/none`, { method: "PUT", headers: { ...octets, ...headers }, body: "x" });
        expect((await put({})).status).toBe(403); // no cookie
        const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
        expect((await put({ cookie, origin: "http://example.org" })).status).toBe(403);
        expect(await (await put({ cookie })).json()).toMatchObject({ ok: false, error: { code: "no-offer" } });
      },
    );

    it("lets a page reach nobody else, by any way that pages have", async () => {
      const reached: string[] = [];
      // What the page's policy stops: requests to this very host, on another port.
      const near = createServer((request, response) => {
        reached.push(request.url ?? "");
        response.end();
      });
      // What no policy of a page stops (preconnecting, for one) the switches of the shell do: not one connection to another host.
      const far = createServer().on("connection", () => reached.push("connection"));
      const stun = createSocket("udp4", () => place === "Electron" && reached.push("WebRTC"));
      const farHost = process.platform === "linux" ? "127.0.0.2" : "::1";
      const nearPort = await listening(near, "127.0.0.1");
      const farPort = await listening(far, farHost);
      await new Promise<void>((resolve) => stun.bind(0, "127.0.0.1", resolve));
      const hosts = [
        `127.0.0.1:${nearPort}`,
        new URL(`http://${farHost === "::1" ? "[::1]" : farHost}:${farPort}`).host,
      ];
      const stuns = `stun:127.0.0.1:${stun.address().port}`;
      await page.evaluate(`(${tryEverything.toString()})(${JSON.stringify(hosts)}, ${JSON.stringify(stuns)})`);
      near.close();
      far.close();
      stun.close();
      expect(reached).toEqual([]);
    });

    it("has met no fault", async () => {
      expect(complaints).toEqual([]);
      const [made] = readdirSync(cases).filter((name) => name.endsWith(".case"));
      expect(made).toBe("Monday _b_.case");
      if (window.shown === null) (await openWorkspace(join(cases, made!))).close();
    });
  });
}

function listening(server: Server, host: string): Promise<number> {
  return new Promise((resolve) => server.listen(0, host, () => resolve((server.address() as AddressInfo).port)));
}

/** Runs in the page: asks for something of other hosts in every way there is, and waits for what comes of it. */
async function tryEverything(hosts: readonly string[], stun: string): Promise<void> {
  const page = globalThis as unknown as Record<string, new (...args: unknown[]) => never>;
  const { document, navigator } = globalThis as unknown as {
    document: { createElement(name: string): { submit(): void }; body: { append(node: unknown): void } };
    navigator: { sendBeacon(url: string, text: string): void };
  };
  const quietly = async (work: () => unknown) => {
    try {
      await work();
    } catch {
      return; // refused, as it should be
    }
  };
  const add = (name: string, set: object) => {
    const node = Object.assign(document.createElement(name), set);
    document.body.append(node);
    return node;
  };
  for (const at of hosts) {
    await quietly(() => fetch(`http://${at}/fetch`, { mode: "no-cors" }));
    await quietly(() => navigator.sendBeacon(`http://${at}/beacon`, "x"));
    for (const name of ["WebSocket", "EventSource", "Worker"] as const)
      await quietly(() => new page[name]!(`${name === "WebSocket" ? "ws" : "http"}://${at}/${name}`));
    for (const name of ["img", "script", "iframe", "video", "embed"]) add(name, { src: `http://${at}/${name}` });
    add("object", { data: `http://${at}/object` });
    for (const rel of ["stylesheet", "prefetch", "preconnect", "modulepreload", "icon"])
      add("link", { rel, href: `http://${at}/${rel}` });
    add("form", { action: `http://${at}/form`, method: "post" }).submit();
  }
  await quietly(async () => {
    const peer = new page["RTCPeerConnection"]!({ iceServers: [{ urls: stun }] }) as unknown as {
      createDataChannel(name: string): void;
      createOffer(): Promise<unknown>;
      setLocalDescription(offer: unknown): Promise<void>;
    };
    peer.createDataChannel("x");
    await peer.setLocalDescription(await peer.createOffer());
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
