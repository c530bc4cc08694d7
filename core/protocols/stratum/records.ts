import { recordType } from "../../records/record-type.ts";

/** One connection of a miner to its pool. */
export const stratumRecord = recordType({
  name: "stratum",
  text: "A connection on which a machine computes for a mining pool",
  version: 1,
  layout: "connection",
  columns: {
    agent: { kind: "string", text: "Program that mines, as it names itself", example: "xmrig/6.21.0", own: true },
    worker: {
      kind: "string",
      text: "Account at the pool, often the wallet and the machine's name",
      example: "48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD.rig1",
      own: true,
    },
    methods: {
      kind: "vector[string]",
      text: "Methods that were called, each once",
      example: "mining.subscribe,mining.authorize,mining.submit",
      own: true,
    },
    accepted_login: {
      kind: "bool",
      text: "Whether the pool took the account; unset if it did not say",
      example: "T",
      own: true,
    },
    jobs: { kind: "count", text: "Pieces of work that the pool handed out", example: "12", own: true },
    shares: { kind: "count", text: "Results that the miner handed in", example: "7", own: true },
    accepted: { kind: "count", text: "Results that the pool accepted", example: "7", own: true },
  },
});
