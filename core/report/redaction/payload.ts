import type { Finding, OtherReason } from "../../contracts/finding.ts";
import type { EarlierContact, Incident, Step, Story } from "../../contracts/story.ts";
import { deniesTouch, ESTATE_UNKNOWN, NOT_TOUCHED } from "../../contracts/story.ts";
import { dateTime } from "../../contracts/text-forms.ts";
import type { Masker } from "./mask.ts";

/** What of a detection tells its own words from those of the evidence. */
export interface DetectionWords {
  /** The sentence, with `{places}`. */
  readonly explanation: string;
  readonly query: string;
}

/**
 * Takes out of a story what was in the packets: objects, and what sentences quote. The words of detections stay. A sentence
 * whose form is not known is left out.
 */
export class PayloadMask {
  readonly #masker: Masker;
  readonly #detections: ReadonlyMap<string, DetectionWords>;
  readonly #keep: ReadonlySet<string>;
  /** Sentences and what they have become. */
  readonly #sentences = new Map<string, string>();

  constructor(masker: Masker, detections: ReadonlyMap<string, DetectionWords>, keep: ReadonlySet<string>) {
    this.#masker = masker;
    this.#detections = detections;
    this.#keep = keep;
  }

  story(story: Story): Story {
    const findings = story.findings.map((finding) => this.#finding(finding));
    const incidents = story.incidents.map((incident) => this.#incident(incident));
    const verdict = story.incidents.reduce(
      (text, was, i) => text.replace(was.verdict, () => incidents[i]!.verdict),
      story.verdict,
    );
    return {
      ...story,
      verdict,
      findings,
      setAside: story.setAside.map((aside) => ({ ...aside, finding: this.#finding(aside.finding) })),
      incidents,
      ...(story.ledger === undefined ? {} : { ledger: this.#ledger(story.ledger) }),
    };
  }

  #incident(incident: Incident): Incident {
    const step = <T extends { sentence: string } | null>(one: T): T =>
      one === null ? one : { ...one, sentence: this.#step(one.sentence) };
    const steps = incident.steps.map(step);
    return {
      ...incident,
      ...(incident.before === undefined ? {} : { before: incident.before.map(withoutNames) }),
      verdict: maskedVerdict(incident, steps),
      foothold: step(incident.foothold),
      arrival: step(incident.arrival),
      steps,
      wayOut: incident.wayOut.map(step),
      tampering: incident.tampering.map((entry) => ({ ...entry, object: this.#object(entry.object) })),
    };
  }

  #ledger({ acts, repositories, more }: NonNullable<Story["ledger"]>): NonNullable<Story["ledger"]> {
    return {
      more,
      acts: acts.map((act) => ({
        ...act,
        object: this.#object(act.object),
        newObject: act.newObject === null ? null : this.#object(act.newObject),
        share: act.share === null ? null : this.#object(act.share),
        detail: act.detail === null ? null : this.#object(act.detail),
      })),
      repositories: repositories.map((state) => ({
        ...state,
        lastBackup:
          state.lastBackup === null ? null : { ...state.lastBackup, object: this.#object(state.lastBackup.object) },
      })),
    };
  }

  #finding(finding: Finding): Finding {
    return {
      ...finding,
      object: finding.object === null ? null : this.#object(finding.object),
      explanation: this.#sentence(finding),
      also: finding.also.map((other) => ({ ...other, explanation: this.#sentence(other) })),
    };
  }

  #object(object: string): string {
    return this.#keep.has(object.toLowerCase()) ? object : this.#masker.maskOf("object", object);
  }

  #sentence({ detection, title, explanation }: Pick<OtherReason, "detection" | "title" | "explanation">): string {
    const masked = this.#masked(explanation, this.#detections.get(detection)) ?? `${title}.`;
    this.#sentences.set(explanation, masked);
    return masked;
  }

  /** The sentence with what stands in its places masked; null for one of another form. */
  #masked(sentence: string, detection: DetectionWords | undefined): string | null {
    if (detection === undefined) return null;
    const parts = detection.explanation.split(/(\{[^{}]+\})/);
    const found = new RegExp(`^${parts.map(partPattern).join("")}(${ADDED})$`, "su").exec(sentence);
    if (found === null) return null;
    const said = found.slice(1);
    return said.map((text, i) => (isPlace(parts[i]) ? this.#place(text, detection) : text)).join("");
  }

  #place(text: string, { query }: DetectionWords): string {
    if (this.#keep.has(text.toLowerCase()) || query.includes(`'${text}'`)) return text;
    const without = this.#masker.mask(text);
    let rest = without.replace(/\b[A-Z]+-\d{3,}\b/g, "").toLowerCase();
    for (const word of this.#keep) rest = rest.replaceAll(word, "");
    return HARMLESS.test(rest) ? without : this.#masker.maskOf("object", text);
  }

  /** A step says sentences of findings, and what else was seen by its title. What is none of them is left out. */
  #step(sentence: string): string {
    const said: string[] = [];
    for (let rest = sentence; rest !== "";) {
      const known = [...this.#sentences.keys()].filter((was) => beginsWith(rest, was));
      const longest = known.reduce((a, b) => (b.length > a.length ? b : a), "");
      const own =
        /^(?:\d+ more of this kind\.|Also: .*|The same act, seen as "[^"]+":|Before that, at [\d:]+,)/su.exec(
          rest,
        )?.[0] ?? "";
      if (longest === "" && own === "") {
        const also = rest.indexOf(" Also: ");
        said.push(also < 0 ? "(left out)" : `(left out)${rest.slice(also)}`);
        break;
      }
      said.push(longest === "" ? own : this.#sentences.get(longest)!);
      rest = rest.slice(Math.max(longest.length, longest === "" ? own.length : 0)).trimStart();
    }
    return said.join(" ");
  }
}

/** True if a text begins with a sentence, which may go on from other words and so have a small first letter. */
function beginsWith(text: string, sentence: string): boolean {
  return (
    text.slice(1).startsWith(sentence.slice(1)) &&
    [text.charAt(0), text.charAt(0).toUpperCase()].includes(sentence.charAt(0))
  );
}

/** Steps that stand for a verdict that quotes what was in the packets. */
const STEPS_TOLD = 3;

/** A verdict of acts quotes the sentences of findings; one of the way to the backups only counts. */
function maskedVerdict({ verdict }: Incident, steps: readonly Step[]): string {
  if (!deniesTouch(verdict)) return verdict;
  const told = steps.slice(0, STEPS_TOLD).map(({ tsFirst, sentence }) => `${dateTime(tsFirst)} UTC: ${sentence}`);
  const end = verdict.endsWith(NOT_TOUCHED) ? NOT_TOUCHED : ESTATE_UNKNOWN;
  return [...told, end].join(" ");
}

/** Numbers, sizes, spans and times, with the words between them. */
const HARMLESS =
  /^(?:[\d.,:;()%\s\\/@-]|\b(?:b|kb|mb|gb|tb|ms|s|min|h|d|utc|and|more|less|than|a|second|once|times|on|in|to|from|of|the|port|ports|never|not|seen)\b)*$/;

/** An earlier contact by its kinds alone: the operations behind them may name what they asked about. */
function withoutNames(contact: EarlierContact): EarlierContact {
  return { ...contact, what: contact.what.map((kind) => kind.replace(/ \(.*\)$/su, "")) };
}

function isPlace(part: string | undefined): boolean {
  return part !== undefined && /^\{\w+\}$/.test(part);
}

/** What a part of an explanation can have become: a value, an act by its outcome, or the words themselves, with their number in the singular. */
function partPattern(part: string): string {
  if (isPlace(part)) return "(.*?)";
  const act = /^\{([^{}|]+)\|(to [^{}|]+)\}$/.exec(part);
  if (act !== null) return `(${escaped(act[1]!)}|asked(?: \\([a-z ]+\\))? ${escaped(act[2]!)})`;
  return `(${escaped(part).replace(/^( (?:[a-z-]+ )??[a-z-]+)s\b/, "$1s?")})`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

/** What may be said behind an explanation; none of it quotes the wire. */
const ADDED = `(?:${[
  String.raw` Of these, [^.]+\.`,
  String.raw` What was answered is sealed[a-z, ]*\.`,
  String.raw` It was refused\.`,
  String.raw` Whether that succeeded is not seen\.`,
  String.raw` The account is concluded from [^.]+\.`,
  String.raw` Seen [\d,]+ times until [\d: -]+(?:Z| UTC)?\.`,
  String.raw` (?:Later|Before), at [\d: -]+Z, it was [a-z, ]+\.`,
].join("|")})*`;
