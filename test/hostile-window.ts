// Opens a case whose every text is an attack in the window and visits every view, tab and menu.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import type { Case } from "../core/case/case.ts";
import { saveStory, storyOf } from "../core/engine/story-of.ts";
import { serveWindow } from "../core/engine/window/loopback-server.ts";
import { shownCase } from "../core/engine/window/shown-case.ts";
import { WindowCase } from "../core/engine/window/window-case.ts";
import { openWorkspace } from "../core/engine/workspace.ts";

/** False where the window is not built. */
export const HAS_WINDOW = existsSync(fileURLToPath(new URL("../dist/renderer/index.html", import.meta.url)));

const PATIENCE = { timeout: 60_000 };
/** A name of a megabyte, all of it markup and characters that turn text around. */
const HUGE = '<img src=x onerror="document.title=1">\u202e\u0007'.repeat(26_000);

const STOPS: readonly (readonly [view: string, tab: string, sign: string])[] = [
  ["Story", "Why", ".verdict"],
  ["Timeline", "Records", "canvas"],
  ["Movement", "Stream", "main h2"],
  ["Exfiltration", "Packets", "main h2"],
  ["Estate", "Notes", "main h2"],
  ["Sessions&table=smb_files", "Why", "[role=gridcell]"],
  ["Sessions&table=http", "Why", "[role=gridcell]"],
  ["Files", "Why", ".types"],
  ["Evidence", "Why", "tbody tr"],
  ["Report", "Why", ".preview h1"],
  ["Live", "Why", "main h2"],
  ["SQL", "Why", "#sql"],
];

/** What the page shows and says: texts, names, titles, values, those of the report's preview too. */
const SHOWN = `(() => {
  const texts = [document.title];
  const read = (root) => {
    for (const node of root.querySelectorAll("*")) {
      for (const name of ["title", "aria-label", "aria-valuetext", "placeholder"]) texts.push(node.getAttribute(name) ?? "");
      if (node.shadowRoot) read(node.shadowRoot);
      if (!["SCRIPT", "STYLE", "TEXTAREA"].includes(node.tagName))
        for (const child of node.childNodes) if (child.nodeType === 3) texts.push(child.data);
    }
  };
  read(document);
  return texts.join(" ");
})()`;

/** Elements and attributes that only an attack brings. */
const FOREIGN = `(() => {
  const found = [];
  const read = (root) => {
    found.push(...[...root.querySelectorAll("script:not([src^='./assets/']), iframe, object, embed, img, base, meta[http-equiv]")].map((node) => node.outerHTML.slice(0, 200)));
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) read(node.shadowRoot);
      for (const { name } of node.attributes) if (name.startsWith("on")) found.push(node.outerHTML.slice(0, 200));
    }
  };
  read(document);
  return found;
})()`;

export interface Visit {
  readonly where: string;
  readonly shown: string;
  readonly foreign: readonly string[];
}

/** What each view showed, and what the page asked for or complained of besides. */
export async function visitEveryView(
  browser: Browser,
  folder: string,
): Promise<{ readonly visits: readonly Visit[]; readonly complaints: readonly string[]; readonly escapes: number }> {
  const opened = await openWorkspace(folder);
  const shown = new WindowCase(shownCase(opened), join(folder, "no-other-cases"));
  try {
    await addHugeNames(opened);
    const server = await serveWindow(shown, 0);
    try {
      return await visited(await browser.newPage(), server.url, await hostileFinding(opened));
    } finally {
      await server.close();
    }
  } finally {
    await shown.close();
  }
}

/** Names of a megabyte, which no capture of ours carries: in records and in what is told of them. */
async function addHugeNames(opened: Case): Promise<void> {
  await opened.store.change([
    {
      sql: `UPDATE smb_files SET name = $huge WHERE rid = (SELECT min(rid) FROM smb_files)`,
      parameters: { huge: HUGE },
    },
    { sql: `UPDATE http SET host = $huge WHERE rid = (SELECT min(rid) FROM http)`, parameters: { huge: HUGE } },
  ]);
  const story = await storyOf(opened);
  const [first, ...rest] = story.findings;
  const huge = { ...first!, title: HUGE, user: HUGE, object: HUGE, explanation: HUGE };
  await saveStory(opened, { ...story, case: { ...story.case, name: HUGE }, findings: [huge, ...rest] });
}

async function hostileFinding(opened: Case): Promise<string> {
  return (await storyOf(opened)).findings[0]!.id;
}

async function visited(page: Page, url: string, finding: string) {
  const complaints: string[] = [];
  const origin = new URL(url).origin;
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(`request to ${request.url().slice(0, 200)}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text().slice(0, 500));
  });
  page.on("pageerror", (error) => complaints.push(error.message.slice(0, 500)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog ${dialog.message().slice(0, 200)}`);
    void dialog.dismiss();
  });
  const visits: Visit[] = [];
  const note = async (where: string) =>
    visits.push({
      where,
      shown: await page.evaluate<string>(SHOWN),
      foreign: await page.evaluate<string[]>(FOREIGN),
    });
  await page.goto(url);
  await page.locator(".verdict").waitFor(PATIENCE);
  const escapes = await page.locator(".escape").count();
  for (const [view, tab, sign] of STOPS) {
    await page.evaluate(`location.hash = "view=${view}&tab=${tab}&pick=finding:${finding}"`);
    await page.locator(sign).first().waitFor(PATIENCE);
    await note(`${view}, ${tab}`);
    if (!view.startsWith("Sessions")) continue;
    await page.locator("[role=gridcell]").nth(5).click({ button: "right" });
    await page.getByRole("menuitem").first().waitFor(PATIENCE);
    await note(`${view}, menu`);
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("Control+k");
  await page.locator("#commands [role=option]").first().waitFor(PATIENCE);
  await note("palette");
  await page.close();
  return { visits, complaints, escapes };
}
