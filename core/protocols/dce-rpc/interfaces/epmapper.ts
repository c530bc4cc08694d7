import type { NdrReader } from "../ndr.ts";
import type { Tower } from "../tower.ts";
import { parseTower } from "../tower.ts";
import type { ArgumentReader, CallView } from "./interface.ts";
import { operations } from "./interface.ts";

const MOST_ENTRIES = 1000;
/** Longest annotation. [C706] appendix O, ept_max_annotation_size */
const LONGEST_ANNOTATION = 64;
/** Types of inquiry; 0 asks for all entries. [C706] appendix Q, rpc_c_ep_match_by_... */
const BY_INTERFACE = 1;
const BY_OBJECT = 2;
const BY_BOTH = 3;

/** [C706] appendix O: by what entries are looked for, then the object or the interface. */
const lookup: ArgumentReader = (ndr, call) => {
  const inquiry = ndr.u32();
  const object = ndr.pointer() ? ndr.uuid() : null;
  const wanted = ndr.pointer() ? ndr.uuid() : null;
  if (ndr.truncated) return;
  if (inquiry === BY_OBJECT) call.facts.target = object;
  else if (inquiry === BY_INTERFACE || inquiry === BY_BOTH)
    call.facts.target = wanted === null ? null : call.nameOf(wanted);
};

/** [C706] appendix O: an object, then the tower of the interface that is looked for. */
const map: ArgumentReader = (ndr, call) => {
  if (ndr.pointer()) ndr.uuid();
  if (!ndr.pointer()) return;
  const tower = towerOf(ndr);
  if (tower === null) return;
  call.facts.target = call.nameOf(tower.uuid);
  call.facts.detail = `version ${tower.major}.${tower.minor} over ${tower.transport}`;
};

/** The answer: a handle, then towers. */
const mapped: ArgumentReader = (ndr, call) => {
  ndr.handle();
  ndr.u32();
  ndr.count();
  ndr.count();
  const count = ndr.count();
  let present = 0;
  for (let i = 0; i < count && i < MOST_ENTRIES && !ndr.truncated; i++) if (ndr.pointer()) present++;
  for (let i = 0; i < present && !ndr.truncated; i++) learn(towerOf(ndr), null, call);
};

/** The answer to ept_lookup: entries of object, tower and annotation, then the towers. */
const listed: ArgumentReader = (ndr, call) => {
  ndr.handle();
  ndr.u32();
  ndr.count();
  ndr.count();
  const count = ndr.count();
  const annotations: string[] = [];
  for (let i = 0; i < count && i < MOST_ENTRIES && !ndr.truncated; i++) {
    ndr.uuid();
    const hasTower = ndr.pointer();
    ndr.count();
    const length = ndr.count();
    if (length > LONGEST_ANNOTATION) return;
    const annotation = ndr.octets.latin1(length).replace(/\0.*/s, "");
    if (hasTower) annotations.push(annotation);
  }
  for (const annotation of annotations) {
    if (ndr.truncated) break;
    learn(towerOf(ndr), annotation, call);
  }
};

/** A tower as twr_t: its length twice, then its octets. */
function towerOf(ndr: NdrReader): Tower | null {
  ndr.count();
  const octets = ndr.u32();
  if (ndr.truncated || octets > ndr.left) {
    ndr.skip(ndr.left + 1);
    return null;
  }
  return parseTower(ndr.octets, octets);
}

function learn(tower: Tower | null, annotation: string | null, call: CallView): void {
  if (tower === null) return;
  call.learned({ ...tower, annotation: annotation === "" ? null : annotation });
}

/** Endpoint mapper. [C706] appendix O */
export const epmapper = {
  uuid: "e1af8308-5d1f-11c9-91a4-08002b14a0fa",
  name: "epmapper",
  pipes: ["epmapper"],
  operations: operations(`
    ept_insert ept_delete ept_lookup ept_map ept_lookup_handle_free ept_inq_object ept_mgmt_delete ept_map_auth
    ept_map_auth_async`),
  requests: { 2: lookup, 3: map },
  responses: { 2: listed, 3: mapped },
} as const;
