// Draws the program's icons from build/*.svg: PNG in the sizes of Linux, ICO for Windows, ICNS for macOS.
//   node scripts/icons.js          needs Chromium (/usr/bin/chromium, or BACKTRAIL_CHROMIUM)
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { fail } from "./setup.js";

const folder = fileURLToPath(new URL("../build", import.meta.url));
const program = process.env.BACKTRAIL_CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(program)) fail(`${program} is missing: install Chromium, or name it in BACKTRAIL_CHROMIUM.`);

const SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
/** What macOS calls the sizes of an ICNS; those of doubled screens among them. */
const ICNS_TYPES = [
  ["icp4", 16],
  ["icp5", 32],
  ["icp6", 64],
  ["ic07", 128],
  ["ic08", 256],
  ["ic09", 512],
  ["ic10", 1024],
  ["ic11", 32],
  ["ic12", 64],
  ["ic13", 256],
  ["ic14", 512],
];

const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = await browser.newPage();
  for (const name of ["icon", "capture"]) {
    const drawn = await drawnIn(page, readFileSync(join(folder, `${name}.svg`), "utf8"));
    writeFileSync(join(folder, `${name}.ico`), ico(drawn));
    writeFileSync(join(folder, `${name}.icns`), icns(drawn));
    if (name !== "icon") continue;
    mkdirSync(join(folder, "icons"), { recursive: true });
    for (const [size, png] of drawn) if (size <= 512) writeFileSync(join(folder, "icons", `${size}x${size}.png`), png);
  }
} finally {
  await browser.close();
}

/** The drawing as PNG with a clear ground, by size. */
async function drawnIn(page, svg) {
  const drawn = new Map();
  for (const size of SIZES) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
    drawn.set(size, await page.screenshot({ omitBackground: true }));
  }
  return drawn;
}

/** Icon directory of Windows with PNG images, as Windows Vista and later read it. */
function ico(drawn) {
  const sizes = SIZES.filter((size) => size <= 256);
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(sizes.length, 4);
  let offset = head.length;
  sizes.forEach((size, i) => {
    const at = 6 + 16 * i;
    const { length } = drawn.get(size);
    head.writeUInt8(size % 256, at); // 0 stands for 256
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4); // planes
    head.writeUInt16LE(32, at + 6); // bits of a pixel
    head.writeUInt32LE(length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += length;
  });
  return Buffer.concat([head, ...sizes.map((size) => drawn.get(size))]);
}

/** Apple's icon family: types of four letters, each with its length and a PNG. */
function icns(drawn) {
  const parts = ICNS_TYPES.flatMap(([type, size]) => {
    const png = drawn.get(size);
    return [head(type, png.length), png];
  });
  return Buffer.concat([
    head(
      "icns",
      parts.reduce((sum, { length }) => sum + length, 0),
    ),
    ...parts,
  ]);
}

function head(type, octets) {
  const made = Buffer.alloc(8);
  made.write(type, "latin1");
  made.writeUInt32BE(octets + 8, 4);
  return made;
}
