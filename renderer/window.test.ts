// The window as a person uses it: from the welcome over the sample incident, in Chromium over loopback and in Electron.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Api, ApiMethod } from "../core/contracts/api.ts";
import type { OpenWindow } from "../test/window-places.ts";
import { windowPlaces } from "../test/window-places.ts";

/** What the page waits for comes from the engine, which on a busy machine takes longer than the second that polls wait. */
const PATIENCE = { timeout: 60_000 };

const root = fileURLToPath(new URL("..", import.meta.url));

/** What the first version of the window's store held: Dexie's version 1 is the browser's 10. */
const OLD_STORE = `new Promise((done, failed) => {
  const asked = indexedDB.open("backtrail", 10);
  asked.onerror = failed;
  asked.onupgradeneeded = () => {
    const settings = asked.result.createObjectStore("settings", { keyPath: "name" });
    const history = asked.result.createObjectStore("history", { keyPath: "filter" });
    history.createIndex("at", "at");
    settings.put({ name: "columns.conn", value: "ts,uid,service" });
    settings.put({ name: "theme", value: "dark" });
    history.put({ filter: "port == 445", at: 1 });
  };
  asked.onsuccess = () => done(asked.result.close());
})`;

for (const where of windowPlaces()) {
  const { name: environment, missing } = where;
  describe.skipIf(missing !== null)(`window in ${environment}`, () => {
    let folder: string;
    const complaints: string[] = [];
    const isServed = environment === "Chromium";
    let window: OpenWindow;
    let page: Page;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "backtrail-window-"));
      window = await where.open(folder, null);
      page = window.page;
      page.setDefaultTimeout(PATIENCE.timeout);
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("dialog", (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      // A figure is drawn as a picture of the page's own before it is a PNG.
      const origin = await page.evaluate<string>("location.origin");
      page.on("request", (sent) => {
        if (
          !sent
            .url()
            .replace(/^blob:/, "")
            .startsWith(`${origin}/`)
        )
          complaints.push(`request to ${sent.url()}`);
      });
    });

    afterAll(async () => {
      await window?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** What axe finds wrong with the page as it is now. */
    async function noViolation(where: string, rules?: readonly string[]): Promise<void> {
      if ((await page.evaluate("typeof axe")) === "undefined")
        await page.evaluate(readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8"));
      const found = await page.evaluate(
        `axe.run(document, { resultTypes: ["violations"]${rules === undefined ? "" : `, runOnly: ${JSON.stringify(rules)}`} }).then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes[0].html))`,
      );
      expect(found, where).toEqual([]);
    }

    const place = () => new URLSearchParams(new URL(page.url()).hash.slice(1));
    const tab = (name: string) => page.getByRole("tab", { name }).click();
    const view = () => value("case.view", {});
    /** The journal's last entries, the newest last. */
    const journal = async (count: number) => {
      const { columns, rows } = await value("case.journal", { first: 0, count });
      return rows.toReversed().map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]!])));
    };
    const sessions = async () => Number((await page.textContent(".count b"))!.replaceAll(",", ""));

    it("welcomes, and opens the sample incident with two keys", async () => {
      await page.getByRole("heading", { name: "Backtrail" }).waitFor();
      await noViolation("welcome");
      await page.getByLabel("Folder").fill(join(folder, "nothing-here"));
      await page.keyboard.press("Enter");
      await page.getByText("There is no case here").waitFor();
      await page.keyboard.press("Shift+Tab"); // from the folder back to the sample, past no case
      await page.keyboard.press("Enter");
      await page.getByRole("progressbar").waitFor();
      await noViolation("progress");
      await page.waitForSelector(".verdict", { timeout: 300_000 });
      expect(await page.textContent(".bar .case")).toContain("Sample incident");
    });

    it("leads from the story over a finding to its records, stream and packets", async () => {
      await page.waitForSelector(".verdict");
      await page.locator(".step").nth(1).click();
      await expect.poll(() => place().get("pick"), PATIENCE).toMatch(/^finding:F-[0-9a-f]{12}$/);
      await page.getByRole("heading", { name: /^Rule BT-/ }).waitFor();
      expect(await page.locator(".inspector .explanation").innerText()).not.toBe("");
      await tab("Records");
      await page.locator(".card").first().waitFor();
      expect(await page.locator(".card .place").first().innerText()).toMatch(/capture 1, frame \d+/);
      await tab("Stream");
      await page.locator(".piece pre").first().waitFor();
      await page.getByRole("button", { name: "hex" }).click();
      await expect
        .poll(() => page.locator(".piece pre").first().innerText(), PATIENCE)
        .toMatch(/^000000 {2}[0-9a-f]{2} /);
      await tab("Packets");
      await page.locator(".packet").first().waitFor();
      const line = page.getByText("Acknowledgment number");
      await page.getByText("TCP", { exact: true }).last().waitFor();
      await line.first().click();
      expect(await page.locator(".hex .octets .on").count()).toBe(4);
      await page.locator(".hex .octets span").nth(12).click(); // the Ethernet type
      await expect.poll(() => page.locator(".field-tree .marked").innerText(), PATIENCE).toContain("Type");
    });

    it("keeps the place over a reload, and moves on with the keys", async () => {
      const before = new URL(page.url()).hash;
      await page.reload();
      await page.locator(".packet").first().waitFor();
      expect(new URL(page.url()).hash).toBe(before);
      await page.keyboard.press("]");
      await expect.poll(() => new URL(page.url()).hash, PATIENCE).not.toBe(before);
      await page.keyboard.press("[");
      await expect.poll(() => new URL(page.url()).hash, PATIENCE).toBe(before);
      await page.goBack();
      await page.goForward();
      await page.keyboard.press("1");
      await page.waitForSelector(".verdict");
    });

    it("journals verdicts and notes, and shows them everywhere", async () => {
      const finding = place().get("pick")!.slice("finding:".length);
      await page.keyboard.press("x");
      await expect.poll(() => page.evaluate<string>("document.activeElement.id"), PATIENCE).toBe("dismissal");
      await page.keyboard.type("a test of our own");
      await page.keyboard.press("Enter");
      await page.locator(".verdict-box .verdict-mark.dismissed").waitFor();
      await page.locator(".chain .verdict-mark.dismissed").first().waitFor();
      await page.getByRole("button", { name: "Take back" }).click();
      await page.getByRole("button", { name: "Confirm" }).waitFor();
      await page.locator("#tab-body").focus();
      await page.keyboard.press("c");
      await page.locator(".verdict-box .verdict-mark.confirmed").waitFor();
      await page.keyboard.press("n");
      await expect.poll(() => page.evaluate<string>("document.activeElement.id"), PATIENCE).toBe("note");
      await page.keyboard.type("<b>seen</b> by two");
      await page.keyboard.press("Control+Enter");
      await expect.poll(() => page.locator(".note .text").innerText(), PATIENCE).toBe("<b>seen</b> by two");
      const actions = (await journal(4)).map(({ action }) => action);
      expect(actions).toEqual(["finding-dismissed", "finding-reopened", "finding-confirmed", "note-added"]);
      const { story: told } = await view();
      expect(told.findings.find(({ id }) => id === finding)?.review).toMatchObject({ verdict: "confirmed" });
    });

    it("narrows every view by filter and time, and takes it back", async () => {
      const all = await sessions();
      await page.keyboard.press("Escape");
      await page.keyboard.press("6");
      await page.getByRole("grid").waitFor();
      await page.keyboard.press("/");
      await expect.poll(() => page.evaluate<string>("document.activeElement.id"), PATIENCE).toBe("filter");
      await page.keyboard.type("dst in back");
      await page
        .getByRole("option", { name: /^backup/ })
        .first()
        .waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Tab");
      expect(await page.inputValue("#filter")).toMatch(/^dst in backup/);
      await page.fill("#filter", "prt == 445");
      await page.waitForSelector("#filter-problem");
      expect(await page.textContent(".mirror u")).toBe("prt");
      expect((await page.textContent("#filter-problem"))!.length).toBeGreaterThan(20);
      await page.fill("#filter", "port == 445");
      await page.keyboard.press("Enter");
      await expect.poll(sessions, PATIENCE).toBeLessThan(all);
      const filtered = await sessions();
      const table = await window.saved(() => page.getByRole("button", { name: "Save as CSV" }).click(PATIENCE));
      const lines = readFileSync(table, "utf8").trimEnd().split("\r\n");
      expect(lines[0]).toMatch(/^"ts","uid",/);
      expect(lines).toHaveLength(filtered + 1);
      await page.locator("#tab-body").focus();
      const box = (await page.locator(".overview svg").boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.8, box.y + 30);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.99, box.y + 30, { steps: 4 });
      await page.mouse.up();
      await expect.poll(() => place().get("from"), PATIENCE).toMatch(/^\d+$/);
      await expect.poll(sessions, PATIENCE).toBeLessThan(filtered);
      await page.keyboard.press("Control+z");
      await expect.poll(sessions, PATIENCE).toBe(filtered);
      await page.keyboard.press("Control+Shift+z");
      await expect.poll(sessions, PATIENCE).toBeLessThan(filtered);
      await page.getByRole("gridcell", { name: "445" }).first().click({ button: "right" });
      await page.getByRole("menuitem", { name: "Not id.resp_p == 445" }).click();
      await expect.poll(sessions, PATIENCE).toBe(0);
      await page.getByRole("button", { name: "Clear filter and time range" }).click();
      await expect.poll(sessions, PATIENCE).toBe(all);
    });

    it("has every view and tab without a violation that axe finds, and the report in it", async () => {
      const finding = (await view()).story.findings.find(({ phase }) => phase === "lateral-movement")!;
      const stops: readonly (readonly [view: string, tab: string, sign: string])[] = [
        ["Story", "Why", ".verdict"],
        ["Timeline", "Records", "canvas"],
        ["Movement", "Stream", "svg.figure"],
        ["Exfiltration", "Packets", "svg.flows"],
        ["Estate", "Notes", "svg.matrix"],
        ["Sessions", "Why", "[role=gridcell]"],
        ["Files", "Why", ".types"],
        ["Evidence", "Why", "tbody"],
        ["Report", "Why", ".preview h1"],
        ["Live", "Why", ".message"],
        ["SQL", "Why", "#sql"],
      ];
      for (const [view, name, sign] of stops) {
        await page.evaluate(`location.hash = "view=${view}&tab=${name}&pick=finding:${finding.id}"`);
        await page.locator(sign).first().waitFor(PATIENCE);
        await expect.poll(() => page.locator("#tab-body").innerText(), PATIENCE).not.toMatch(/^[A-Z][^.]*…/m);
        await noViolation(`${view}, ${name}`);
        // What differs in the dark are the colours; these views have all of them.
        if (!["Story", "Exfiltration", "SQL"].includes(view)) continue;
        await page.emulateMedia({ colorScheme: "dark" });
        await noViolation(`${view} in the dark`, ["color-contrast"]);
        await page.emulateMedia({ colorScheme: "light" });
      }
      await page.evaluate(`location.hash = "view=Story"`);
    });

    it("offers what can be done with what is pointed at, and pins notes to moments", async () => {
      await page.keyboard.press("2");
      await page.locator("canvas").click({ button: "right", position: { x: 420, y: 12 } });
      await page.getByRole("menuitem", { name: "Note on this moment" }).press("Enter");
      await expect.poll(() => page.evaluate<string>("document.activeElement.id"), PATIENCE).toBe("note");
      await page.keyboard.type("a draft");
      await page.getByRole("tab", { name: "Why" }).click();
      await page.getByRole("tab", { name: "Notes" }).click();
      await expect.poll(() => page.inputValue("#note"), PATIENCE).toBe("a draft");
      await page.getByRole("button", { name: "Add note" }).click();
      await page.locator(".note").waitFor();
      expect((await journal(1))[0]).toMatchObject({
        action: "note-added",
        object: expect.stringMatching(/^range:(\d+)-\1$/) as string,
      });
      const called = await window.call("note.add", { object: "finding:F-000000000000", text: "nobody would see it" });
      expect(called).toMatchObject({ ok: false, error: { code: "no-finding" } });
      await page.keyboard.press("Escape");
      await page.evaluate(`location.hash = "view=Sessions"`);
      await page.getByRole("gridcell", { name: "445", exact: true }).first().click({ button: "right" });
      await page.getByRole("menuitem", { name: "Group by id.resp_p" }).click();
      await page.getByRole("region", { name: "Records by id.resp_p" }).getByRole("button", { name: "445" }).click();
      await expect.poll(() => place().get("filter"), PATIENCE).toBe("id.resp_p == 445");
      await page.getByRole("button", { name: "Clear filter" }).click();
    });

    it("saves figures with case, filter, time zone and hash below them", async () => {
      await page.evaluate(`location.hash = "view=Timeline&filter=port %3D%3D 445"`);
      const texts: string[] = [];
      for (const name of ["Save Timeline as SVG", "Save Timeline as PNG"]) {
        const path = await window.saved(() => page.getByRole("button", { name }).click(PATIENCE));
        texts.push(readFileSync(path, name.endsWith("SVG") ? "utf8" : "latin1"));
      }
      const { sha256 } = (await view()).story.coverage.captures[0]!;
      for (const part of ["Sample incident", "Filter: port == 445.", "UTC", sha256, "Lateral movement"])
        expect(texts[0]).toContain(part);
      expect(texts[1]).toMatch(/^\x89PNG/);
      await expect.poll(async () => (await journal(1))[0]?.["action"], PATIENCE).toBe("figure-saved");
      await page.getByRole("button", { name: "Clear filter" }).click();
    });

    it("takes roles into the scope, finds the estate anew, and takes them back", async () => {
      await page.evaluate(`location.hash = "view=Estate"`);
      const row = page.getByRole("row", { name: /REPO01/ }).first();
      await row.getByRole("button", { name: /^Change the roles of/ }).click(PATIENCE);
      await page.getByRole("checkbox", { name: "jump host" }).check();
      await page.getByRole("button", { name: "Save in the scope" }).click();
      await row.getByText("jump host 1.00 ✓").waitFor({ timeout: 140_000 });
      expect((await value("scope.view", {})).text).toContain("jump-host");
      await page.getByRole("button", { name: "Take the last change back" }).click();
      await expect.poll(async () => (await value("scope.view", {})).text, PATIENCE).toBeNull();
      await row.getByText("jump host 1.00 ✓").waitFor({ state: "detached", timeout: 140_000 });
    }, 300_000);

    it.runIf(isServed)("keeps settings of an older version, and loses nothing of the case without any", async () => {
      const { origin } = new URL(window.url!);
      const context = await page.context().browser()!.newContext();
      await context.addCookies(await page.context().cookies());
      const second = await context.newPage();
      await second.goto(`${origin}/before`);
      await second.evaluate(OLD_STORE);
      await second.goto(`${origin}/#view=Sessions`);
      await second.getByRole("gridcell").first().waitFor(PATIENCE);
      await expect
        .poll(() => second.getByRole("columnheader").allTextContents(), PATIENCE)
        .toEqual(["ts", "uid", "service"]);
      await second.locator("#filter").focus();
      await second.getByRole("option", { name: /port == 445/ }).waitFor();
      expect(await second.evaluate("document.documentElement.style.colorScheme")).toBe("dark");
      await second.goto(`${origin}/before`);
      await second.evaluate(
        `new Promise((done) => (indexedDB.deleteDatabase("backtrail").onsuccess = done)).then(() => 0)`,
      );
      await second.goto(`${origin}/#view=Story`);
      await second.locator(".verdict-mark.confirmed").first().waitFor(PATIENCE);
      await context.close();
    });

    it("verifies the evidence on demand", async () => {
      await page.getByRole("button", { name: "Evidence", exact: true }).click();
      await page.getByRole("button", { name: /Verify/ }).click();
      await page.waitForSelector(".checked");
      expect(await page.textContent(".checked h3")).toBe("Everything is as it was recorded");
    });

    it("is led through by keys alone", async () => {
      const focused = () => page.evaluate<string>("document.activeElement.textContent");
      const tabTo = async (wanted: RegExp) => {
        for (let i = 0; i < 80 && !wanted.test(await focused()); i++) await page.keyboard.press("Tab");
        expect(await focused()).toMatch(wanted);
      };
      await page.keyboard.press("1");
      await page.keyboard.press("]");
      await page.keyboard.press("]");
      await expect.poll(() => place().get("pick"), PATIENCE).toMatch(/^finding:/);
      await tabTo(/^Why$/);
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await page.locator(".packet").first().waitFor(PATIENCE);
      await page.keyboard.press("x");
      await expect.poll(() => page.evaluate<string>("document.activeElement.id"), PATIENCE).toBe("dismissal");
      await page.keyboard.type("known");
      await page.keyboard.press("Enter");
      await page.locator(".verdict-box .verdict-mark.dismissed").waitFor();
      await page.keyboard.press("Tab");
      await page.keyboard.press("c");
      await page.locator(".verdict-box .verdict-mark.confirmed").waitFor();
      await page.keyboard.press("n");
      await expect.poll(() => page.evaluate<string>("document.activeElement.id"), PATIENCE).toBe("note");
      await page.keyboard.type("by keys");
      await page.keyboard.press("Control+Enter");
      await page.locator(".note").first().waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("/");
      await page.keyboard.type("port == 445");
      await page.keyboard.press("Enter");
      await expect.poll(() => place().get("filter"), PATIENCE).toBe("port == 445");
      await page.locator("main").focus();
      await tabTo(/^2026-/);
      await page.keyboard.press("PageDown");
      await expect.poll(() => place().get("from"), PATIENCE).toMatch(/^\d+$/);
      await page.keyboard.press("9");
      await page.locator(".preview h1").waitFor(PATIENCE);
      await tabTo(/^JSON$/);
      await page.keyboard.press("Enter");
      await page.getByText(/^SHA-256 [0-9a-f]{64}$/).waitFor(PATIENCE);
      await page.keyboard.press("Control+z");
      await page.keyboard.press("Control+z");
      await expect.poll(() => place().get("filter"), PATIENCE).toBeNull();
    });

    it("has logged no error, asked nobody else, run nothing foreign", () => {
      expect(complaints).toEqual([]);
    });

    it.runIf(isServed)("has one door", async () => {
      const { pathname, search } = new URL(window.url!);
      expect((await ask(`${pathname}${search}`)).status).toBe(403); // the token was used
      expect((await ask("/?token=AAAA")).status).toBe(403);
      expect((await ask("/")).status).toBe(403); // no cookie
      expect((await ask("/api/case.view", { method: "POST" })).status).toBe(403);
      const [cookie] = await page.context().cookies();
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
      const mine = { cookie: `${cookie!.name}=${cookie!.value}` };
      expect((await ask("/", { headers: mine })).status).toBe(200);
      expect((await ask("/", { headers: { ...mine, host: "backtrail.example" } })).status).toBe(403);
      expect((await ask("/", { headers: { ...mine, host: "127.0.0.1" } })).status).toBe(403);
      expect((await ask("/", { headers: { ...mine, origin: "http://example.org" } })).status).toBe(403);
      expect((await ask("/", { headers: { ...mine, origin: "null" } })).status).toBe(403);
      for (const path of [
        "/../package.json",
        "/..%2f..%2fpackage.json",
        "/%2e%2e/index.js",
        "/assets/",
        "/x%00.html",
        "/%",
      ])
        expect((await ask(path, { headers: mine })).status, path).toBe(404);
      expect((await ask("/", { method: "DELETE", headers: mine })).status).toBe(405);
      const form = { ...mine, "content-type": "application/x-www-form-urlencoded" };
      expect((await ask("/api/case.view", { method: "POST", headers: form })).status).toBe(415);
      const json = { ...mine, "content-type": "application/json" };
      const wrong = await ask("/api/constructor", { method: "POST", headers: json, body: "{}" });
      expect(JSON.parse(wrong.text)).toMatchObject({ ok: false, error: { code: "unknown-method" } });
      const page1 = await ask("/", { headers: mine });
      expect(page1.headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'/);
      expect((await ask("//example.org/", { headers: mine })).status).toBe(404);
    });

    /** What a call of the page's gives. */
    async function value<M extends ApiMethod>(method: M, arg: Api[M][0]): Promise<Api[M][1]> {
      const answer = await window.call(method, arg);
      if (!answer.ok) throw new Error(answer.error.message);
      return answer.value;
    }

    interface Asked {
      readonly method?: string;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }

    /** A request exactly as given: fetch would tidy up the path and refuse to set Host. */
    function ask(path: string, { method = "GET", headers = {}, body }: Asked = {}) {
      return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>((resolve, reject) => {
        const sent = request(
          { host: "127.0.0.1", port: new URL(window.url!).port, path, method, headers },
          (response) => {
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (part: string) => (text += part));
            response.on("end", () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
          },
        );
        sent.on("error", reject);
        sent.end(body);
      });
    }
  });
}
