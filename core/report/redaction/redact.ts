import type { Finding } from "../../contracts/finding.ts";
import type { EarlierContact, Story } from "../../contracts/story.ts";
import type { ReportModel } from "../model.ts";
import type { MaskKey } from "./mask.ts";
import { Masker } from "./mask.ts";
import type { DetectionWords } from "./payload.ts";
import { PayloadMask } from "./payload.ts";
import type { RedactionRules } from "./rules.ts";

/** A model that can leave the house, and the key to its masks, which cannot. */
export interface Redacted {
  readonly model: ReportModel;
  readonly key: MaskKey;
}

/**
 * Masks what the rules say, the same word by the same mask everywhere. Times, numbers of frames, hashes, ids and the
 * journal stay: with them whoever has the evidence can still check the report.
 * @param detections By id, to tell the words of sentences from what they quote.
 * @param before The key of earlier reports of the case.
 */
export function redact(
  model: ReportModel,
  rules: RedactionRules,
  detections: ReadonlyMap<string, DetectionWords>,
  before: MaskKey = {},
): Redacted {
  const masker = new Masker(before);
  const keep = new Set(rules.keep.map((word) => word.toLowerCase()));
  const add: Add = (kind, word) => {
    if (!keep.has(word.toLowerCase())) masker.add(kind, word);
  };
  for (const word of rules.words) add("word", word);
  if (rules.hosts) addHosts(model, add);
  if (rules.accounts) addAccounts(model, add);
  const story = rules.payload ? new PayloadMask(masker, detections, keep).story(model.story) : model.story;
  const { custody, origins, ...rest } = { ...model, story };
  const masked = masker.maskAll(rest);
  // A capture keeps its number and hash; where it lay says who was there, and so does the name that a case was given.
  const { captures } = model.story.coverage;
  const { case: about } = model.story;
  const name = keep.has(about.name.toLowerCase()) ? about.name : caseMask(about.id);
  const files = captures.map(({ original: _, ...capture }) => ({ ...capture, path: `capture ${capture.number}` }));
  const names = new Map(
    captures.flatMap(({ path, original = path, number }) =>
      [path, original].map((place) => [place, `capture ${number}`]),
    ),
  );
  const maskedRows = (rows: ReportModel["custody"]) =>
    rows.map((row) => ({ ...row, object: names.get(row.object) ?? masker.mask(lastPart(row.object)) }));
  return {
    model: {
      ...masked,
      story: { ...masked.story, case: { ...about, name }, coverage: { ...masked.story.coverage, captures: files } },
      custody: maskedRows(custody),
      origins: origins.map((origin) => ({
        ...origin,
        file: masker.mask(origin.file),
        case: {
          ...origin.case,
          name: keep.has(origin.case.name.toLowerCase()) ? origin.case.name : caseMask(origin.case.id),
        },
        custody: maskedRows(origin.custody),
      })),
    },
    key: masker.key,
  };
}

type Add = Masker["add"];

/** What stands for the name that a case was given. */
function caseMask(id: string): string {
  return `Case ${id.slice(0, 8)}`;
}

function addHosts({ story, flows, notes }: ReportModel, add: Add): void {
  for (const { address, name, internal } of story.estate.assets) {
    add("address", address);
    if (name === null) continue;
    add("host", name);
    const dot = name.indexOf(".");
    if (dot <= 0 || !internal || /^[\d.]+$/.test(name)) continue;
    add("domain", name.slice(dot + 1));
    // "files" of "files.example.org" is a word of every sentence; "FS01" is a host wherever it stands.
    if (/[\dA-Z_-]/.test(name.slice(0, dot))) add("host", name.slice(0, dot));
  }
  for (const { cidr, name } of story.estate.networks) {
    add("address", cidr);
    add("host", name);
  }
  const named = [
    ...allFindings(story).flatMap(({ source, target }) => [source, target]),
    ...flows.flatMap(({ source, target }) => [source, target]),
    ...story.incidents.flatMap(({ hosts }) => hosts),
    ...earlierContacts(story).flatMap(({ source, target }) => [source, target]),
    ...(story.ledger?.acts ?? []).flatMap(({ source, target }) => [source, target]),
    ...notes.map(({ object }) => (object.startsWith("host:") ? object.slice(5) : null)),
  ];
  for (const address of named) if (address !== null) add("address", address);
}

function addAccounts({ story }: ReportModel, add: Add): void {
  const accounts = [
    ...allFindings(story).map(({ user }) => user),
    ...story.incidents.flatMap(({ accounts: names, steps }) => [...names, ...steps.map(({ user }) => user)]),
    ...earlierContacts(story).map(({ user }) => user),
    ...(story.ledger?.acts ?? []).map(({ user }) => user),
  ];
  for (const account of accounts) {
    if (account === null) continue;
    const slash = account.lastIndexOf("\\");
    const at = account.lastIndexOf("@");
    if (slash > 0) add("domain", account.slice(0, slash));
    if (at > slash) add("domain", account.slice(at + 1));
    add("account", account.slice(slash + 1, at > slash ? at : undefined));
  }
}

function lastPart(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

function earlierContacts({ incidents }: Story): EarlierContact[] {
  return incidents.flatMap(({ before = [] }) => before);
}

function allFindings(story: Story): Finding[] {
  return [...story.findings, ...story.setAside.map(({ finding }) => finding)];
}
