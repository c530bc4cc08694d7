import { HOSTS, PORTS } from "../../estate/company.ts";
import { DRSUAPI, EPMAPPER, NETLOGON, SAMR } from "../../speak/dcerpc.ts";
import { listEndpoints } from "../../speak/endpoint-map.ts";
import { TcpCaller } from "../../speak/rpc-talk.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const endpointDump: Technique = {
  name: "endpoint-dump",
  shows: "Everything that is registered with a controller's end-point mapper is listed.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "discovery",
      attack: ["T1046"],
      account: null,
      what: "Listed the end points of DC01",
      detections: ["BT-DI-003"],
    });
    const talk = stage.talk();
    const rpc = new TcpCaller(talk, stage.logOn(1e9, STRANGER, HOSTS.dc1, { user: "" }), "none");
    rpc.bind(EPMAPPER, 135);
    const found = [
      { iface: DRSUAPI, port: PORTS.drsuapi },
      { iface: NETLOGON, port: PORTS.netlogon },
      { iface: SAMR, port: PORTS.drsuapi },
    ];
    const handle = talk.random.bytes(20);
    handle.fill(0, 0, 4);
    talk.shows = step;
    listEndpoints(rpc, found, HOSTS.dc1.address, handle);
    talk.shows = undefined;
    stage.tcp(1e9, STRANGER, HOSTS.dc1, 135, talk.taken(), { witness: step });
  },
};
