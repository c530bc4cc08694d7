// Makes the installers of this system (electron-builder.yml), or checks what would go into them.
//   node scripts/package.js              installers in out/installers; fetches Electron's binary, once
//   node scripts/package.js --check      packs with a stand-in for that binary, and runs the command line from what was packed
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, Platform } from "electron-builder";
import { fail, run, RUNTIME, setUp } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));

setUp(RUNTIME);
run(process.execPath, [join(root, "scripts/build-program.js"), "--alone"]);
if (!existsSync(join(root, "build/icon.ico"))) fail("The icons are not drawn: run node scripts/icons.js.", 2);
if (!process.argv.includes("--check")) await build({ projectDir: root });
else {
  const folder = mkdtempSync(join(tmpdir(), "backtrail-package-"));
  try {
    await check(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function check(folder) {
  const standIn = join(folder, "electron");
  mkdirSync(standIn);
  for (const name of ["electron", "LICENSE", "LICENSES.chromium.html", "version"])
    writeFileSync(join(standIn, name), "");
  chmodSync(join(standIn, "electron"), 0o755);
  await build({
    projectDir: root,
    targets: Platform.LINUX.createTarget("dir"),
    // Fuses are bits of the real binary, and modules are built anew for its ABI: neither can be done with a stand-in.
    config: {
      electronDist: standIn,
      electronFuses: null,
      npmRebuild: false,
      directories: { output: join(folder, "out") },
    },
  });
  const resources = join(folder, "out/linux-unpacked/resources");
  const archive = join(resources, "app.asar");
  const unpacked = filesIn(`${archive}.unpacked`);
  const app = join(folder, "app");
  const asar = join(root, "node_modules/@electron/asar/bin/asar.js"); // electron-builder brings it
  if (spawnSync(process.execPath, [asar, "extract", archive, app], { stdio: "inherit" }).status !== 0)
    fail("No archive.");
  const packed = filesIn(app);
  const native = packed.filter((file) => file.endsWith(".node"));
  tell(`${packed.length} files packed, ${unpacked.length} of them beside the archive, ${native.length} native modules`);
  const inside = native.filter(
    (file) => !unpacked.some((each) => file.endsWith(relative(`${archive}.unpacked`, each))),
  );
  if (inside.length > 0) fail(`Native modules are inside the archive: ${inside.join(", ")}`);
  const strangers = readdirSync(join(app, "node_modules")).filter((name) =>
    /^(electron|vitest|eslint|typescript|vite)$/.test(name),
  );
  if (strangers.length > 0) fail(`Packages of development are packed: ${strangers.join(", ")}`);
  const joined = readdirSync(join(app, "dist/program"));
  const started = joined.includes("current") ? readFileSync(join(app, "dist/program/current"), "utf8") : "";
  if (joined.length !== 2 || !existsSync(join(app, "dist/program", started, "main.js")))
    fail(`dist/program of the package has ${joined.join(", ")} instead of one joined program and its name.`);
  tell(`the joined program ${started}`);
  const cli = (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(app, "bin/backtrail.js"), ...args], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: folder },
    });
    if (status !== 0) fail(`backtrail ${args.join(" ")} ended with ${status} from what was packed: ${stderr}`);
    return stdout;
  };
  tell(`version ${cli("--version").trim()}`);
  const made = spawnSync(process.execPath, [join(app, "dist/samples/make.js"), "--out", "sample.pcapng"], {
    cwd: folder,
  });
  if (made.status !== 0) fail(`The sample was not written: ${made.stderr}`);
  const { story } = JSON.parse(cli("analyze", "sample.pcapng", "--case", "sample.case", "--json"));
  tell(`the sample incident: ${story.findings.length} findings`);
  cli("report", "--case", "sample.case", "--out", "report.pdf");
  tell(`a PDF of ${statSync(join(folder, "report.pdf")).size} octets`);
  tell(`the window: ${await servedPage(app, folder)}`);
  const shell = join(app, "dist/electron");
  const parts = ["main.js", "preload.cjs", "engine-process.js"].filter((name) => !existsSync(join(shell, name)));
  if (parts.length > 0) fail(`The shell lacks ${parts.join(", ")}`);
}

/** What the packed server answers for the page. */
async function servedPage(app, folder) {
  const server = spawn(process.execPath, [join(app, "bin/backtrail.js"), "serve", "--case", "sample.case", "--json"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let text = "";
    for await (const part of server.stdout) {
      text += part;
      if (text.includes("}")) break;
    }
    const { url } = JSON.parse(text);
    const cookie = (await get(url)).headers["set-cookie"][0].split(";")[0];
    const page = await get(new URL("/", url).href, { cookie });
    if (page.statusCode !== 200) fail(`The packed window was answered with ${page.statusCode}.`);
    return `answered with ${page.statusCode}`;
  } finally {
    server.kill();
  }
}

function get(url, headers = {}) {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response));
    })
      .on("error", reject)
      .end();
  });
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function tell(text) {
  process.stdout.write(`${text}\n`);
}
