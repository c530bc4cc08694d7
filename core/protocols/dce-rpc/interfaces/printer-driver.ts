import type { NdrReader } from "../ndr.ts";
import type { CallFacts } from "./interface.ts";

/**
 * DRIVER_CONTAINER: levels 2 to 8 begin with the same members, of which the paths tell what will be loaded.
 * [MS-RPRN] 2.2.1.2.3, 2.2.1.5.1
 */
export function readDriver(ndr: NdrReader, facts: CallFacts): void {
  const level = ndr.u32();
  ndr.count(); // Union tag
  if (!ndr.pointer() || level < 2) return;
  ndr.u32(); // Version
  const has = { name: ndr.pointer(), environment: ndr.pointer(), driver: ndr.pointer() };
  const hasData = ndr.pointer();
  const hasConfig = ndr.pointer();
  if (level >= 3) skipLaterMembers(ndr, level);
  if (has.name) facts.target = ndr.wideString();
  if (has.environment) ndr.wideString();
  const driver = has.driver ? ndr.wideString() : "";
  const data = hasData ? ndr.wideString() : "";
  const config = hasConfig ? ndr.wideString() : "";
  if (ndr.truncated) return;
  facts.command = driver;
  facts.detail = `data file ${data}, configuration file ${config}`;
}

/** Members that follow the configuration file, up to the end of the structure. */
function skipLaterMembers(ndr: NdrReader, level: number): void {
  ndr.pointer(); // Help file
  ndr.pointer(); // Monitor
  ndr.pointer(); // Default data type
  ndr.u32();
  ndr.pointer(); // Dependent files
  if (level >= 4) {
    ndr.u32();
    ndr.pointer(); // Previous names
  }
  if (level < 6) return;
  ndr.align(8);
  ndr.skip(16); // Date and version
  for (let i = 0; i < 4; i++) ndr.pointer();
  if (level < 8) return;
  ndr.pointer();
  ndr.pointer();
  ndr.u32();
  ndr.pointer();
  ndr.u32();
  ndr.pointer();
  ndr.u32();
  ndr.align(8);
  ndr.skip(8); // Least date
}
