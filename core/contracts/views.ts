/** The window's views, in the order of the rail; the first ten have the keys 1 to 9 and 0. */
export const VIEWS = [
  "Story",
  "Timeline",
  "Movement",
  "Exfiltration",
  "Estate",
  "Sessions",
  "Files",
  "Evidence",
  "Report",
  "Live",
  "SQL",
] as const;
export type ViewName = (typeof VIEWS)[number];
