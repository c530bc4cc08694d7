import type { Block, Cell, Piece, Rich } from "../document.ts";
import { isWhole } from "./printable.ts";

type Table = Extract<Block, { kind: "table" }>;

/** Points of a character of a table's text, of a digit and of what stands between digits, of the fixed font, and of what a cell has beside its text. */
const SANS = 3.95;
const DIGIT = 4.5;
const SIGN = 3;
const MONO = 4.15;
const INSET = 9;

/** A column whose longest text has at most so many characters is as wide as that. */
const SHORT = 20;

/** Share of the page that the widest texts have at least, together. */
const WIDE_SHARE = 0.3;

/**
 * Widths in points by what the columns hold: times, numbers and ids are not broken as long as there is room, and long
 * texts share what is left by how much they have to say. No column is narrower than its longest unbroken word.
 */
export function columnWidths({ columns, rows }: Table, pageWidth: number): number[] {
  const room = (pageWidth * WIDE_SHARE) / columns.filter(({ kind }) => kind === "wide").length;
  const shapes = columns.map(({ title, kind }, i) => {
    const isRigid = kind === "time" || kind === "number";
    const character = kind === "code" ? MONO : isRigid ? DIGIT : SANS;
    const widthOf = (line: string) => (isRigid ? digitsWidth(line) : line.length * character);
    const cells = rows.map((row) => linesOf(row[i] ?? ""));
    const longest = most(cells, (lines) => most(lines, (line) => line.length));
    const widest = most(cells, (lines) => most(lines, widthOf));
    const mean = cells.reduce((sum, lines) => sum + Math.min(lines.join().length, 400), 0) / Math.max(1, cells.length);
    const word = Math.max(
      longestWord(title),
      Math.min(
        40,
        most(cells, (lines) => most(lines, longestWhole)),
      ),
    );
    return {
      whole: Math.max(widest, longestWord(title) * character) + INSET,
      least: Math.max(kind === "wide" ? Math.min(room, widest + INSET) : 0, word * character + INSET),
      mean,
      isRigid,
      isFixed: longest <= (isRigid ? 34 : SHORT),
    };
  });
  const taken = () => shapes.reduce((sum, { isFixed, whole, least }) => sum + (isFixed ? whole : least), 0);
  // Texts give way before times and numbers, wide ones before narrow ones.
  const order = [...shapes].sort((a, b) => Number(a.isRigid) - Number(b.isRigid) || b.whole - a.whole);
  for (const shape of order) {
    if (taken() > pageWidth) shape.isFixed = false;
  }
  if (shapes.every(({ isFixed }) => isFixed)) order[0]!.isFixed = false;
  const left = pageWidth - taken();
  const weight = ({ isFixed, mean }: { isFixed: boolean; mean: number }) => (isFixed ? 0 : weightOf(mean + 4));
  const weights = shapes.reduce((sum, shape) => sum + weight(shape), 0);
  const widths = shapes.map((shape) =>
    shape.isFixed ? shape.whole : shape.least + (Math.max(0, left) * weight(shape)) / weights,
  );
  // Too many columns for the page: all give way alike.
  const shrink = Math.min(1, pageWidth / widths.reduce((sum, width) => sum + width, 0));
  return widths.map((width) => Math.floor(width * shrink * 100) / 100);
}

/**
 * About x ** 0.8, by square roots: of these every release of Node gives the same last bit, of powers it does not, and a width that lies at a border of
 * hundredths made the PDF another one.
 */
function weightOf(x: number): number {
  const fourth = Math.sqrt(Math.sqrt(x));
  return Math.sqrt(x) * fourth * Math.sqrt(Math.sqrt(fourth));
}

function digitsWidth(line: string): number {
  const digits = line.replace(/\D/g, "").length;
  return digits * DIGIT + (line.length - digits) * SIGN;
}

function most<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((greatest, item) => Math.max(greatest, of(item)), 0);
}

function longestWhole(line: string): number {
  return most(line.split(" "), (word) => (isWhole(word) ? word.length : 0));
}

/** Text of a cell, for measuring. */
export function cellText(cell: Cell): string {
  return linesOf(cell).join("\n");
}

function linesOf(cell: Cell): string[] {
  return typeof cell === "object" && "lines" in cell ? cell.lines.map(richText) : [richText(cell)];
}

function richText(text: Rich): string {
  return typeof text === "string" ? text : text.map(pieceText).join("");
}

function pieceText(piece: Piece): string {
  return typeof piece === "string" ? piece : piece.text;
}

function longestWord(title: string): number {
  return Math.max(...title.split(" ").map((word) => word.length)) + 1;
}
