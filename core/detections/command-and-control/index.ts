import type { Detection } from "../detection.ts";
import { beacon } from "./beacon.ts";
import { clientSoftware } from "./client-software.ts";
import { disguisedProgram } from "./disguised-program.ts";
import { dnsTunnel } from "./dns-tunnel.ts";
import { encryptedDns } from "./encrypted-dns.ts";
import { generatedNames } from "./generated-names.ts";
import { icmpTunnel } from "./icmp-tunnel.ts";
import { implantFingerprint } from "./implant-fingerprint.ts";
import { longSession } from "./long-session.ts";
import { mining } from "./mining.ts";
import { newDestination } from "./new-destination.ts";
import { oddPort } from "./odd-port.ts";
import { remoteManagement } from "./remote-management.ts";
import { tor } from "./tor.ts";
import { tunnelService } from "./tunnel-service.ts";
import { unrecognisedStream } from "./unrecognised-stream.ts";
import { newProtocol } from "./new-protocol.ts";
import { clientFingerprint } from "./client-fingerprint.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const COMMAND_AND_CONTROL: readonly Detection[] = [
  clientSoftware,
  disguisedProgram,
  implantFingerprint,
  beacon,
  generatedNames,
  dnsTunnel,
  encryptedDns,
  icmpTunnel,
  oddPort,
  unrecognisedStream,
  tunnelService,
  tor,
  remoteManagement,
  newDestination,
  longSession,
  mining,
  newProtocol,
  clientFingerprint,
];
