/** Network functions of requests. IPMI 2.0 5.1 */
const NETFNS: Readonly<Record<number, string>> = {
  0x00: "Chassis",
  0x02: "Bridge",
  0x04: "Sensor/Event",
  0x06: "Application",
  0x08: "Firmware Update",
  0x0a: "Storage",
  0x0c: "Transport",
  0x2c: "Group Extension",
  0x2e: "OEM/Group",
};

/** Commands by network function and number. IPMI 2.0 appendix G */
const COMMANDS: ReadonlyMap<number, string> = new Map(
  `
00 00 Get Chassis Capabilities
00 01 Get Chassis Status
00 02 Chassis Control
00 03 Chassis Reset
00 04 Chassis Identify
00 05 Set Chassis Capabilities
00 06 Set Power Restore Policy
00 07 Get System Restart Cause
00 08 Set System Boot Options
00 09 Get System Boot Options
00 0a Set Front Panel Button Enables
00 0b Set Power Cycle Interval
00 0f Get POH Counter
04 00 Set Event Receiver
04 01 Get Event Receiver
04 02 Platform Event
04 10 Get PEF Capabilities
04 12 Set PEF Configuration Parameters
04 13 Get PEF Configuration Parameters
04 16 Alert Immediate
04 20 Get Device SDR Info
04 21 Get Device SDR
04 22 Reserve Device SDR Repository
04 26 Set Sensor Thresholds
04 27 Get Sensor Thresholds
04 2d Get Sensor Reading
06 01 Get Device ID
06 02 Cold Reset
06 03 Warm Reset
06 04 Get Self Test Results
06 08 Get Device GUID
06 22 Reset Watchdog Timer
06 24 Set Watchdog Timer
06 25 Get Watchdog Timer
06 2e Set BMC Global Enables
06 2f Get BMC Global Enables
06 34 Send Message
06 35 Read Event Message Buffer
06 37 Get System GUID
06 38 Get Channel Authentication Capabilities
06 39 Get Session Challenge
06 3a Activate Session
06 3b Set Session Privilege Level
06 3c Close Session
06 3d Get Session Info
06 3f Get AuthCode
06 40 Set Channel Access
06 41 Get Channel Access
06 42 Get Channel Info
06 43 Set User Access
06 44 Get User Access
06 45 Set User Name
06 46 Get User Name
06 47 Set User Password
06 48 Activate Payload
06 49 Deactivate Payload
06 4a Get Payload Activation Status
06 4b Get Payload Instance Info
06 4c Set User Payload Access
06 4d Get User Payload Access
06 4e Get Channel Payload Support
06 54 Get Channel Cipher Suites
06 55 Suspend/Resume Payload Encryption
06 56 Set Channel Security Keys
06 58 Set System Info Parameters
06 59 Get System Info Parameters
0a 10 Get FRU Inventory Area Info
0a 11 Read FRU Data
0a 12 Write FRU Data
0a 20 Get SDR Repository Info
0a 22 Reserve SDR Repository
0a 23 Get SDR
0a 27 Clear SDR Repository
0a 40 Get SEL Info
0a 42 Reserve SEL
0a 43 Get SEL Entry
0a 44 Add SEL Entry
0a 46 Delete SEL Entry
0a 47 Clear SEL
0a 48 Get SEL Time
0a 49 Set SEL Time
0c 01 Set LAN Configuration Parameters
0c 02 Get LAN Configuration Parameters
0c 10 Set Serial/Modem Configuration
0c 11 Get Serial/Modem Configuration
0c 20 SOL Activating
0c 21 Set SOL Configuration Parameters
0c 22 Get SOL Configuration Parameters
`
    .trim()
    .split("\n")
    .map((line) => [parseInt(line.slice(0, 2), 16) * 256 + parseInt(line.slice(3, 5), 16), line.slice(6)]),
);

/** IPMI 2.0 28.3 */
const CHASSIS_CONTROLS: readonly string[] = [
  "power down",
  "power up",
  "power cycle",
  "hard reset",
  "diagnostic interrupt",
  "soft shutdown",
];

/** Operations of Set User Password. IPMI 2.0 22.30 */
const PASSWORD_OPERATIONS: readonly string[] = ["disable user", "enable user", "set password", "test password"];

const PRIVILEGES: readonly string[] = ["HIGHEST", "CALLBACK", "USER", "OPERATOR", "ADMINISTRATOR", "OEM"];

/** Authentication types of IPMI 1.5. IPMI 2.0 13.6 */
const AUTH_TYPES: Readonly<Record<number, string>> = {
  0: "none",
  1: "MD2",
  2: "MD5",
  4: "password",
  5: "OEM",
  6: "RMCP+",
};

/** Algorithms of RMCP+. IPMI 2.0 13.28 */
const AUTHENTICATION: readonly string[] = ["RAKP-none", "RAKP-HMAC-SHA1", "RAKP-HMAC-MD5", "RAKP-HMAC-SHA256"];
const INTEGRITY: readonly string[] = ["none", "HMAC-SHA1-96", "HMAC-MD5-128", "MD5-128", "HMAC-SHA256-128"];
const CONFIDENTIALITY: readonly string[] = ["none", "AES-CBC-128", "xRC4-128", "xRC4-40"];

/** Cipher suites by authentication, integrity and confidentiality. IPMI 2.0 table 22-20 */
const CIPHER_SUITES: Readonly<Record<string, number>> = {
  "0 0 0": 0,
  "1 0 0": 1,
  "1 1 0": 2,
  "1 1 1": 3,
  "1 1 2": 4,
  "1 1 3": 5,
  "2 0 0": 6,
  "2 2 0": 7,
  "2 2 1": 8,
  "2 2 2": 9,
  "2 2 3": 10,
  "2 3 0": 11,
  "2 3 1": 12,
  "2 3 2": 13,
  "2 3 3": 14,
  "3 0 0": 15,
  "3 4 0": 16,
  "3 4 1": 17,
  "3 4 2": 18,
  "3 4 3": 19,
};

/** Status codes of RMCP+. IPMI 2.0 table 13-15 */
const STATUSES: readonly string[] = [
  "no errors",
  "insufficient resources",
  "invalid session id",
  "invalid payload type",
  "invalid authentication algorithm",
  "invalid integrity algorithm",
  "no matching authentication payload",
  "no matching integrity payload",
  "inactive session id",
  "invalid role",
  "unauthorized role or privilege level requested",
  "insufficient resources to create a session at the requested role",
  "invalid name length",
  "unauthorized name",
  "unauthorized GUID",
  "invalid integrity check value",
  "invalid confidentiality algorithm",
  "no cipher suite match",
  "illegal or unrecognized parameter",
];

/** Completion codes. IPMI 2.0 table 5-2 */
const COMPLETIONS: Readonly<Record<number, string>> = {
  0x00: "completed",
  0xc0: "node busy",
  0xc1: "invalid command",
  0xc2: "command invalid for LUN",
  0xc3: "timeout",
  0xc4: "out of space",
  0xc5: "reservation cancelled",
  0xc6: "request data truncated",
  0xc7: "request data length invalid",
  0xc8: "request data field length limit exceeded",
  0xc9: "parameter out of range",
  0xcb: "not present",
  0xcc: "invalid data field",
  0xce: "response could not be provided",
  0xd2: "response could not be provided, BMC initialising",
  0xd3: "destination unavailable",
  0xd4: "insufficient privilege",
  0xd5: "not supported in present state",
  0xd6: "sub-function disabled",
  0xff: "unspecified error",
};

function named(names: Readonly<Record<number, string>> | readonly string[], value: number): string {
  return (names as Readonly<Record<number, string>>)[value] ?? hexOctet(value);
}

export function hexOctet(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

export const netfnName = (netfn: number): string => named(NETFNS, netfn);
export const commandName = (netfn: number, command: number): string =>
  COMMANDS.get(netfn * 256 + command) ?? hexOctet(command);
export const chassisControl = (value: number): string => named(CHASSIS_CONTROLS, value);
export const passwordOperation = (value: number): string => named(PASSWORD_OPERATIONS, value);
export const privilegeName = (value: number): string => named(PRIVILEGES, value);
export const authTypeName = (value: number): string => named(AUTH_TYPES, value);
export const authenticationName = (value: number): string => named(AUTHENTICATION, value);
export const integrityName = (value: number): string => named(INTEGRITY, value);
export const confidentialityName = (value: number): string => named(CONFIDENTIALITY, value);
export const statusName = (value: number): string => named(STATUSES, value);
export const completionName = (value: number): string => named(COMPLETIONS, value);

export function cipherSuite(authentication: number, integrity: number, confidentiality: number): number | null {
  return CIPHER_SUITES[`${authentication} ${integrity} ${confidentiality}`] ?? null;
}
