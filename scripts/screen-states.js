// States of the window that are no content, each as it really comes about: what is loading, damaged, away, locked, refused, or not there.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Writer } from "./robustness/writer.js";
import { run } from "./setup.js";

/** The share of the sample's capture that a damaged copy of it has. */
const KEPT = 0.7;
/** Traffic that takes long enough to read for its pictures to be taken meanwhile. */
const EARLY_TRAFFIC = "200MB";

/**
 * Shows each state and has a picture taken of it.
 * @param place Case of the sample incident.
 * @param folder For the cases that are made here; the pictures show its path.
 * @param window Makes a window of its own: `open(cases)` gives server, shown and page.
 * @param take Takes a picture of a page under a name.
 */
export async function showStates({ place, folder, open, take, openWorkspace }) {
  const { page, shown, server } = await open(join(folder, "cases"));
  await loading(page, shown, place, take);
  await nothingFound(page, take);
  await damaged(page, shown, join(dirname(place), "incident.pcapng"), folder, take);
  await early(page, shown, join(dirname(place), "incident.pcapng"), folder, take);
  await quiet(page, shown, folder, take);
  await locked(page, shown, place, take, openWorkspace);
  await page.goto(server.url);
  await take(page, "state-used-address");
  await page.goto(new URL("/", server.url).href);
  await shown.openCase(place);
  await page.reload();
  await page.locator(".verdict").waitFor();
  await server.close();
  await page.evaluate(`location.hash = "view=Exfiltration"`);
  await page.getByRole("alert").filter({ hasText: "does not answer" }).last().waitFor();
  await take(page, "state-engine-gone");
  await page.context().close();
  await shown.close();
}

/** A case that takes its time: nothing is answered until the picture is taken. */
async function loading(page, shown, place, take) {
  await shown.openCase(place);
  await held(page, "**/api/case.view", async () => {
    await page.reload();
    await page.getByText("Opening the case").waitFor();
    await take(page, "state-opening");
  });
  await page.locator(".verdict").waitFor();
  await held(page, "**/api/{records.page,case.overview,case.matches}", async () => {
    await page.evaluate(`location.hash = "view=Sessions&table=smb_files&filter=port %3D%3D 445"`);
    await page.getByText("Reading the records").waitFor();
    await take(page, "state-reading-records");
  });
  await page.getByRole("gridcell").first().waitFor();
}

/** Keeps the answers to some calls back while something is done. */
async function held(page, calls, work) {
  let release = () => undefined;
  const released = new Promise((done) => (release = done));
  await page.route(calls, async (route) => {
    await released;
    await route.fallback();
  });
  await work();
  release();
  await page.unrouteAll({ behavior: "wait" });
}

async function nothingFound(page, take) {
  const filter = encodeURIComponent("port == 1 and dst in backup");
  for (const view of ["Story", "Timeline", "Exfiltration", "Sessions", "Files"]) {
    await page.evaluate(`location.hash = "view=${view}&filter=${filter}"`);
    await page.getByText("0 sessions").first().waitFor();
    await take(page, `state-nothing-${view.toLowerCase()}`);
  }
  await page.evaluate(`location.hash = "view=Sessions&filter=${encodeURIComponent("prt == 445")}"`);
  await page.getByText("cannot be read").first().waitFor();
  await take(page, "state-filter-mistake");
}

/** The sample's capture without its end. */
async function damaged(page, shown, capture, folder, take) {
  const whole = readFileSync(capture);
  const cut = Buffer.from(whole.subarray(0, Math.round(whole.length * KEPT)));
  const path = join(folder, "damaged.pcapng");
  writeFileSync(path, cut);
  await shown.openCase(caseOf(path, join(folder, "damaged.case"), "Cut short"));
  await page.evaluate(`location.hash = "view=Evidence"`);
  await page.reload();
  await page.getByText("damage", { exact: false }).first().waitFor();
  await take(page, "state-damaged");
}

/** Reading a capture whose first packets are the sample's, with much traffic behind them: what its records show while it is read. */
async function early(page, shown, capture, folder, take) {
  const traffic = join(folder, "traffic.pcapng");
  run(process.execPath, ["dist/samples/make.js", "--profile", "mixed", "--size", EARLY_TRAFFIC, "--out", traffic], {
    stdio: "ignore",
  });
  const path = join(folder, "busy-week.pcapng");
  writeFileSync(path, Buffer.concat([readFileSync(capture), readFileSync(traffic)]));
  await shown.closeCase();
  await page.evaluate(`location.hash = ""`);
  await page.reload();
  await page.locator('input[type="file"]').first().setInputFiles(path);
  await page.getByRole("button", { name: "Read", exact: true }).click();
  await page.getByText("So far, preliminary").waitFor({ timeout: 300_000 });
  await take(page, "state-reading-early");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped", { exact: false }).first().waitFor({ timeout: 300_000 });
  await page.getByRole("button", { name: "Close", exact: true }).click();
}

/** A capture that has a header and no packet. */
async function quiet(page, shown, folder, take) {
  const path = join(folder, "empty.pcap");
  new Writer(path).close();
  await shown.openCase(caseOf(path, join(folder, "empty.case"), "Nothing captured"));
  for (const view of ["Story", "Timeline", "Estate", "Files"]) {
    await page.evaluate(`location.hash = "view=${view}"`);
    await page.reload();
    await page.locator(".rail").waitFor();
    await take(page, `state-empty-${view.toLowerCase()}`);
  }
}

/** A case that another window has open. */
async function locked(page, shown, place, take, openWorkspace) {
  await shown.closeCase();
  const other = await openWorkspace(place);
  await page.evaluate(`location.hash = ""`);
  await page.reload();
  await page.getByLabel("Folder").fill(place);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await take(page, "state-locked");
  other.close();
}

function caseOf(capture, folder, name) {
  run(process.execPath, ["bin/backtrail.js", "analyze", capture, "--case", folder, "--name", name], {
    stdio: "ignore",
  });
  return folder;
}
