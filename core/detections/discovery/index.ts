import type { Detection } from "../detection.ts";
import { accountEnumeration } from "./account-enumeration.ts";
import { backupSoftwareSearch } from "./backup-software-search.ts";
import { craftedProbes } from "./crafted-probes.ts";
import { directorySearch } from "./directory-search.ts";
import { discoveryBurst } from "./discovery-burst.ts";
import { discoveryCommand } from "./discovery-command.ts";
import { endpointDump } from "./endpoint-dump.ts";
import { exportListing } from "./export-listing.ts";
import { failedConnections } from "./failed-connections.ts";
import { hostSweep } from "./host-sweep.ts";
import { iscsiDiscovery } from "./iscsi-discovery.ts";
import { machineInventory } from "./machine-inventory.ts";
import { nameLookups } from "./name-lookups.ts";
import { nameSweep } from "./name-sweep.ts";
import { objectStoreSearch } from "./object-store-search.ts";
import { portScan } from "./port-scan.ts";
import { portSweep } from "./port-sweep.ts";
import { registryQuery } from "./registry-query.ts";
import { scannerSite } from "./scanner-site.ts";
import { serviceQuery } from "./service-query.ts";
import { sessionEnumeration } from "./session-enumeration.ts";
import { shareEnumeration } from "./share-enumeration.ts";
import { snmpWalk } from "./snmp-walk.ts";
import { sqlInstanceSearch } from "./sql-instance-search.ts";
import { webScanner } from "./web-scanner.ts";
import { wmiQuery } from "./wmi-query.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const DISCOVERY: readonly Detection[] = [
  scannerSite,
  hostSweep,
  portSweep,
  portScan,
  craftedProbes,
  webScanner,
  nameSweep,
  failedConnections,
  endpointDump,
  sqlInstanceSearch,
  snmpWalk,
  exportListing,
  shareEnumeration,
  iscsiDiscovery,
  sessionEnumeration,
  accountEnumeration,
  nameLookups,
  discoveryBurst,
  directorySearch,
  serviceQuery,
  registryQuery,
  wmiQuery,
  discoveryCommand,
  backupSoftwareSearch,
  objectStoreSearch,
  machineInventory,
];
