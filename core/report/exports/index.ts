import { bodyfile } from "./bodyfile.ts";
import { caseUco } from "./case-uco.ts";
import { cef } from "./cef.ts";
import { ecs, ecsBulk } from "./ecs.ts";
import type { Export } from "./export.ts";
import { movementPngFile, movementSvgFile, timelinePngFile, timelineSvgFile } from "./figures.ts";
import { findingsCsv } from "./findings-csv.ts";
import { l2tcsv } from "./l2tcsv.ts";
import { misp } from "./misp.ts";
import { navigator } from "./navigator.ts";
import { ocsf } from "./ocsf.ts";
import { stix } from "./stix/stix.ts";
import { syslog, syslogCef } from "./syslog.ts";
import { timesketchCsv, timesketchJsonl } from "./timesketch.ts";
import { tln } from "./tln.ts";

/** Every export there is, in the order of the help. */
export const EXPORTS: readonly Export[] = [
  findingsCsv,
  timesketchCsv,
  timesketchJsonl,
  l2tcsv,
  tln,
  bodyfile,
  stix,
  misp,
  navigator,
  ecs,
  ecsBulk,
  ocsf,
  caseUco,
  cef,
  syslog,
  syslogCef,
  timelineSvgFile,
  movementSvgFile,
  timelinePngFile,
  movementPngFile,
];
