import type { Story } from "../contracts/story.ts";
import { deniesTouch } from "../contracts/story.ts";

/** What the report says in its own words, in one place so that another language can take its place. */
export const TEXTS = {
  titles: {
    touched: "What was done to the backups",
    found: "What was found around the backups",
    nothing: "What was examined for acts against the backups",
  },
  /** Of templates that are about something else than the whole case. */
  templateTitles: {
    timeline: "What was found, in the order of time",
    custody: "The evidence and its custody",
  } as Readonly<Record<string, string>>,
  contents: "Contents",
  eyebrow: "Backtrail · forensic report",
  sections: {
    summary: "In brief",
    chain: "The chain of events",
    chains: "The incidents",
    figures: "Timeline and movement",
    timeline: "Timeline",
    tampering: "What was done to the backups",
    untouched: "Until when the backups were untouched",
    exfiltration: "What left the site",
    findings: "Findings",
    reviews: "Verdicts and notes of the investigator",
    attack: "ATT&CK techniques",
    indicators: "Indicators",
    estate: "The backup estate",
    coverage: "Scope and coverage",
    evidence: "Evidence of each finding",
    captures: "Captures",
    custody: "Custody",
    parameters: "Parameters",
    method: "Method and versions",
    limits: "What this report cannot say",
    glossary: "Words used",
  },
  fact: "Seen in the packets",
  inference: "Concluded",
  findings:
    "“Seen in the packets” is a fact: it was in clear and can be read again in the frames named. “Concluded” is an inference from sizes, times, names or certificates: another explanation is possible. Confidence is the detection's, adjusted by what is known of the capture and the hosts.",
  findingsApart:
    "There are many findings. Those of high or critical severity and those that incidents rest on are set out in full, up to {most}; the table after them has the rest, and the case has the records of all.",
  findingsRest: "The other findings",
  outcomes:
    "“Confirmed” means that the target's answer was captured and says it was done; “attempted” that only the request was, or that its answer is sealed; “refused” that the target declined.",
  stores:
    "Until when each store of backups was untouched, as far as the evidence shows. A store that is not in the table was not seen.",
  actsHeading: "Object by object",
  exfiltration:
    "Steps that carried data to hosts outside the site, or to hosts that have no part in the backups. Sizes are of what was sent, compressed or encrypted as it was; what it contained is said only where it was readable.",
  exfiltrationNone:
    "No step that carried data out was found. What the evidence could not show is under “Scope and coverage”.",
  flowsCaption: "Octets that the connections behind these findings carried, on a scale that begins at zero.",
  reviews:
    "What the investigator decided and noted, as the journal has it. It changes no finding; dismissed ones carry no verdict, no incident and no technique.",
  reviewsNone: "Nobody has confirmed or dismissed a finding or written a note.",
  conflictsHeading: "Where merged copies disagree",
  conflicts:
    "Two copies of this case were worked on apart and merged. Where they decided differently, the word of the copy that was merged into stands until somebody decides anew.",
  indicators:
    "Hosts outside the site that findings name. An address may have had other users before and since: use it with its times.",
  absence:
    "That nothing was found says something only about what was captured and readable. The following detections were not evaluated; their absence from the findings is not evidence of absence.",
  allEvaluated: "None: every detection had the traffic that it reads.",
  setAside: "Explained, and set aside",
  evidence:
    "Frames are numbered from 1 within their capture, as Wireshark numbers them; the offset is where the frame's octets begin in the capture file. The full hashes are under “Captures”.",
  evidenceApart: " Findings in the table “The other findings” have their first frame and its capture there.",
  capturesElsewhere:
    "These are the captures of the case that this one was imported from, as its report names them. They are not part of this case, and it did not read them.",
  chainHolds: "The journal's hash chain is intact. Each entry's hash covers the one before it.",
  chainBroken:
    "The journal's hash chain is broken: run backtrail verify for the entry. Each entry's hash covers the one before it.",
  parameters: "What the detections behind these findings were set to. A different setting may find more or less.",
  check:
    "To check a row of the evidence table without Backtrail: compute the SHA-256 of the capture, compare it with the table “Captures”, open the file in Wireshark and go to the frame number.",
  limits: [
    "Packets show what two machines said to each other. They do not show who sat at the keyboard, nor what a program did inside a machine.",
    "An account's name is the name that was used; whether its owner used it is not in the packets.",
    "A host is named by its address and by the names it gave or was asked for; one address may have been several machines.",
    "Times are those of the recorder's clock. A recorder that ran fast or slow moves all times alike.",
    "What was not captured, or not readable, could not be judged.",
  ],
  limitsHit: "Bounds that were hit",
  unknowns: "What is not known",
  open: "Open questions",
  orElse: "What else it could be",
  before: "Before the first step",
  roles: "What these machines are taken for",
  sum: "How the confidence comes to",
  timelineKey: "Times are UTC. The size of a mark is its severity, its shape and colour its phase.",
  timelineGaps: "Hatching is time without packets.",
  timelineVolume: "Below: octets into and out of the backup estate, on a square-root scale.",
  movementKey:
    "Numbers are the steps of its chain; the backup estate has square corners and a bar at its left, hosts outside the site a dashed border.",
  timeline: "Findings, and what was noted about spans of time, in the order in which they began. Times are UTC.",
  noEstate: "No machine of a backup estate was recognised and no scope file named one.",
  glossary: [
    [
      "Backup estate",
      "The machines that make, keep and move backups: backup server, proxies, repositories, tape, object stores.",
    ],
    ["Capture", "A file of recorded packets (pcap or pcapng)."],
    [
      "Confidence",
      "0.05 to 0.99: how likely it is that a finding means what its title says. 0.9 and above is called very likely, 0.7 likely, 0.5 plausible, below that an indication.",
    ],
    [
      "Connection",
      "What two machines exchanged between opening and closing a TCP connection, or as one UDP exchange. Its uid names it.",
    ],
    [
      "Confirmed, attempted, refused",
      "Whether the target's answer says that it did what was asked, is not in the evidence, or says that it did not.",
    ],
    ["Encrypted share", "The part of the payload of which only sizes, times and names in the clear part can be read."],
    ["Fact, inference", "Seen in clear in the packets, or concluded from what surrounds them."],
    ["Finding", "What one detection found; its id is the same whenever the same evidence is analysed."],
    ["Frame", "One recorded packet with its link layer, numbered from 1 in its capture."],
    ["Incident", "Findings that belong together by their hosts, accounts and times."],
    [
      "Journal, journal head",
      "The list of what was done to the case, each entry holding the hash of the one before; the hash of the last entry stands for all.",
    ],
    ["Record", "A row that a dissector wrote: a connection, a request, a file."],
    ["Repository", "A machine on which backups are kept."],
    [
      "SHA-256",
      "A number computed from all octets of a file; another file with the same number is not known and cannot be made.",
    ],
    ["Snap length", "The most octets of each packet that the recorder kept."],
  ],
} as const;

/** The report's title by what the story says: that something was done to the backups only where acts on them were seen. */
export function reportTitle(story: Story): string {
  const { titles } = TEXTS;
  if (wereTouched(story)) return titles.touched;
  return story.incidents.length + story.findings.length > 0 ? titles.found : titles.nothing;
}

/** The heading of the section on the backups, in the same way. */
export function tamperingTitle(story: Story): string {
  return wereTouched(story) ? TEXTS.sections.tampering : TEXTS.sections.untouched;
}

/** As the verdicts say it: a title must not claim what they deny. */
function wereTouched({ incidents, findings, ledger }: Story): boolean {
  const denied = incidents.filter(({ verdict }) => deniesTouch(verdict));
  const theirs = new Set(denied.flatMap(({ steps }) => steps.flatMap((step) => step.findings)));
  return (
    incidents.some((incident) => incident.tampering.length > 0 && !denied.includes(incident)) ||
    findings.some(({ phase, id }) => phase === "tampering" && !theirs.has(id)) ||
    (ledger?.acts ?? []).length > 0
  );
}
