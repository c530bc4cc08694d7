import { isoTime, visible } from "../../contracts/text-forms.ts";
import { terminalSafe } from "../../contracts/text-forms.ts";
import type { CustodyRow } from "../model.ts";
import { hasPorts } from "./evidence.ts";
import type { Export, ExportModel, Session } from "./export.ts";
import { captureText, fileName, originText } from "./origin.ts";
import { caseUuid } from "./uuid.ts";
import { fitting } from "./words.ts";

/**
 * CASE 1.x / UCO 1.x as JSON-LD, for custody: the investigation, each journal entry as an action with who did it and with what, each capture as a
 * file with its hash and a record of where it came in, and the connections behind the findings.
 */
export const caseUco: Export = {
  format: "case-uco",
  endings: [".case.jsonld", ".jsonld"],
  text: "custody in CASE/UCO (JSON-LD)",
  holds: "findings",
  *write(model) {
    const graph = graphOf(model);
    const context = { ...CONTEXT, kb: `urn:backtrail:${model.origin.caseId}:` };
    yield `{"@context":${JSON.stringify(context)},"@graph":[\n`;
    for (const [i, node] of graph.entries()) yield `${i === 0 ? "" : ",\n"}${terminalSafe(JSON.stringify(node))}`;
    yield "\n]}\n";
  },
};

const CONTEXT = {
  "case-investigation": "https://ontology.caseontology.org/case/investigation/",
  "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
  "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
  "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
  "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
  "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
  "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
  "uco-vocabulary": "https://ontology.unifiedcyberontology.org/uco/vocabulary/",
  xsd: "http://www.w3.org/2001/XMLSchema#",
} as const;

type Node = Readonly<Record<string, unknown>>;

const LONGEST_TEXT = 32_000;

/** Makes nodes whose ids follow from the case. */
class Names {
  readonly #caseId: string;
  constructor(caseId: string) {
    this.#caseId = caseId;
  }
  id(kind: string, name: string): string {
    return `kb:${kind}-${caseUuid(this.#caseId, `case-uco/${kind}`, name)}`;
  }
  ref(kind: string, name: string): Node {
    return { "@id": this.id(kind, name) };
  }
  node(kind: string, name: string, type: string, properties: Node): Node {
    return { "@id": this.id(kind, name), "@type": type, ...properties };
  }
}

function graphOf(model: ExportModel): Node[] {
  const { origin, report, behind } = model;
  const names = new Names(origin.caseId);
  const tool = names.node("tool", "backtrail", "uco-tool:Tool", {
    "uco-core:name": "Backtrail",
    "uco-tool:version": origin.version,
    "uco-tool:toolType": "Network forensic analysis",
  });
  const actors = [...new Set(report.custody.map(({ actor }) => actor))].map((actor) =>
    names.node("identity", actor, "uco-identity:Person", { "uco-core:name": textOf(actor) }),
  );
  const files = origin.captures.flatMap((capture) => {
    const file = String(capture.number);
    return [
      names.node("file", file, "uco-observable:File", {
        "uco-core:description": captureText(capture),
        "uco-core:hasFacet": [
          names.node("file-facet", file, "uco-observable:FileFacet", {
            "uco-observable:fileName": textOf(fileName(capture.path)),
            "uco-observable:sizeInBytes": integer(capture.octets),
          }),
          names.node("content-facet", file, "uco-observable:ContentDataFacet", {
            "uco-observable:sizeInBytes": integer(capture.octets),
            ...(capture.sha256 === "" ? {} : { "uco-observable:hash": [hashNode(names, file, capture.sha256)] }),
          }),
        ],
      }),
      names.node("provenance", file, "case-investigation:ProvenanceRecord", {
        "uco-core:description": `Evidence ${capture.number}`,
        "case-investigation:exhibitNumber": file,
        "uco-core:object": [names.ref("file", file)],
      }),
    ];
  });
  const actions = report.custody.map((row) => actionNode(model, names, row));
  const sessions = [...behind.values()].flatMap((session) => connectionNodes(names, session));
  const parts = [tool, ...actors, ...files, ...actions, ...sessions];
  const investigation = names.node("investigation", "case", "case-investigation:Investigation", {
    "uco-core:name": textOf(report.story.case.name),
    "uco-core:description": fitting(`${visible(report.story.verdict)} ${originText(origin)}`, LONGEST_TEXT),
    "uco-core:object": parts.map((part) => ({ "@id": part["@id"] })),
  });
  const all = [investigation, ...parts];
  const bundle = names.node("bundle", "case", "uco-core:Bundle", {
    "uco-core:description": originText(origin),
    "uco-core:objectCreatedTime": dateTimeOf(origin.asOf),
    "uco-core:object": all.map((part) => ({ "@id": part["@id"] })),
  });
  return [bundle, ...all];
}

/** A journal entry: who, when, with what; a capture that was read is its object and its record of provenance the result. */
function actionNode({ origin }: ExportModel, names: Names, row: CustodyRow): Node {
  const capture = row.action === "evidence-read" ? origin.captures.find(({ path }) => path === row.object) : undefined;
  const objects = capture === undefined ? [] : [names.ref("file", String(capture.number))];
  return names.node("action", String(row.seq), "case-investigation:InvestigativeAction", {
    "uco-core:name": row.action,
    "uco-core:description": textOf(
      `Journal entry ${row.seq}${row.object === "" ? "" : `: ${fileName(row.object)}`}; SHA-256 of the entry ${row.hash}`,
    ),
    "uco-action:startTime": dateTimeOf(row.at),
    "uco-action:endTime": dateTimeOf(row.at),
    "uco-action:performer": names.ref("identity", row.actor),
    "uco-action:instrument": [names.ref("tool", "backtrail")],
    ...(objects.length === 0 ? {} : { "uco-action:object": objects }),
    ...(capture === undefined ? {} : { "uco-action:result": [names.ref("provenance", String(capture.number))] }),
  });
}

function connectionNodes(names: Names, session: Session): Node[] {
  const ports = hasPorts(session);
  const protocols = [session.proto, ...session.services];
  return [
    ...[session.source, session.target].map((address) => addressNode(names, session, address)),
    names.node("connection", session.uid, "uco-observable:NetworkConnection", {
      "uco-core:hasFacet": [
        names.node("connection-facet", session.uid, "uco-observable:NetworkConnectionFacet", {
          "uco-observable:src": [names.ref("address", `${session.uid} ${session.source}`)],
          "uco-observable:dst": [names.ref("address", `${session.uid} ${session.target}`)],
          ...(ports
            ? {
                "uco-observable:sourcePort": integer(session.sourcePort),
                "uco-observable:destinationPort": integer(session.targetPort),
              }
            : {}),
          "uco-observable:startTime": dateTimeOf(isoTime(session.first)),
          "uco-observable:endTime": dateTimeOf(isoTime(session.last)),
          "uco-observable:isActive": { "@type": "xsd:boolean", "@value": false },
          "uco-observable:protocols": names.node("protocols", session.uid, "uco-types:ControlledDictionary", {
            "uco-types:entry": protocols.map((protocol, i) =>
              names.node("protocol", `${session.uid} ${i}`, "uco-types:ControlledDictionaryEntry", {
                "uco-types:key": i === 0 ? "transport" : `application ${i}`,
                "uco-types:value": textOf(protocol),
              }),
            ),
          }),
        }),
      ],
    }),
  ];
}

function addressNode(names: Names, { uid }: Session, address: string): Node {
  const type = address.includes(":") ? "uco-observable:IPv6Address" : "uco-observable:IPv4Address";
  return names.node("address", `${uid} ${address}`, type, {
    "uco-core:hasFacet": [
      names.node("address-facet", `${uid} ${address}`, `${type}Facet`, { "uco-observable:addressValue": address }),
    ],
  });
}

function hashNode(names: Names, file: string, sha256: string): Node {
  return names.node("hash", file, "uco-types:Hash", {
    "uco-types:hashMethod": { "@type": "uco-vocabulary:HashNameVocab", "@value": "SHA256" },
    "uco-types:hashValue": { "@type": "xsd:hexBinary", "@value": sha256 },
  });
}

function textOf(text: string): string {
  return fitting(visible(text), LONGEST_TEXT);
}

function integer(value: number): Node {
  return { "@type": "xsd:integer", "@value": String(value) };
}

function dateTimeOf(iso: string): Node {
  return { "@type": "xsd:dateTime", "@value": iso };
}
