import type { AgreedField, Row } from "./fields.ts";
import { cell, items, where } from "./fields.ts";

/** tshark has the whole line; Zeek's column what stands behind the name of the cookie. */
function userOf(cookie: string): string | null {
  return /mstshash=([^\r\n]*)/.exec(cookie)?.[1] ?? null;
}

/** Another kind of cookie leaves Zeek's column empty, and is no cookie to tshark. */
const hasCookie = (row: Row): boolean => row["cookie"] !== "";

/** What a client of Remote Desktop says of itself before anything is encrypted. */
export const RDP_FIELDS: readonly AgreedField[] = [
  {
    name: "rdp cookie",
    tshark: ["rdp.rt_cookie"],
    table: "rdp",
    ours: where(hasCookie, cell("cookie")),
    theirs: userOf,
  },
  { name: "rdp client name", tshark: ["rdp.client.name"], table: "rdp", ours: cell("client_name") },
  { name: "rdp channels", tshark: ["rdp.name"], table: "rdp", ours: items("client_channels") },
  { name: "rdp desktop width", tshark: ["rdp.desktop.width"], table: "rdp", ours: cell("desktop_width") },
];
