import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, probe } from "../../../test/analyzer-harness.ts";
import { parseStratum } from "./message.ts";
import { stratum } from "./stratum.ts";

/** As Monero's pools and miners write it (xmrig-proxy, doc/STRATUM.md). */
const LOGIN = `{"id":1,"method":"login","params":{"login":"4Wallet.rig1","pass":"x","agent":"miner/1.0"}}\n`;
const LOGGED_IN = `{"id":1,"jsonrpc":"2.0","error":null,"result":{"id":"a1","job":{"blob":"00","job_id":"j1","target":"b88d0600"},"status":"OK"}}\n`;
const SUBMIT = `{"id":2,"method":"submit","params":{"id":"a1","job_id":"j1","nonce":"98024001","result":"c9be"}}\n`;
const TAKEN = `{"id":2,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}\n`;
/** As Stratum of Bitcoin has it. */
const SUBSCRIBE = `{"id":1,"method":"mining.subscribe","params":["miner 0.3",null,"pool.example","3333"]}\n`;
const AUTHORIZE = `{"id":2,"method":"mining.authorize","params":["t1Wallet.rig4","x"]}\r\n`;
/** EIP-1571 and what came before it. */
const SUBMIT_LOGIN = `{"worker":"eth1.0","jsonrpc":"2.0","params":["0x9c99/rig","x"],"id":2,"method":"eth_submitLogin"}\n`;

describe("stratum", () => {
  it("tells a miner's login, its results and what the pool made of them, in pieces of any size", () => {
    for (const size of [1, 7, 4096]) {
      const trial = new Trial(stratum, { respP: 3333 });
      trial.sendInPieces(true, LOGIN, size);
      trial.sendInPieces(false, LOGGED_IN, size);
      trial.sendInPieces(true, SUBMIT, size);
      trial.sendInPieces(false, TAKEN, size);
      trial.close();
      expect(trial.table("stratum")).toMatchObject([
        {
          agent: "miner/1.0",
          worker: "4Wallet.rig1",
          methods: ["login", "submit"],
          accepted_login: true,
          jobs: 1,
          shares: 1,
          accepted: 1,
        },
      ]);
    }
  });

  it("reads the dialects", () => {
    expect(parseStratum(SUBSCRIBE)).toMatchObject({ kind: "hello", agent: "miner 0.3" });
    expect(parseStratum(AUTHORIZE)).toMatchObject({ kind: "login", worker: "t1Wallet.rig4", agent: null });
    expect(parseStratum(SUBMIT_LOGIN)).toMatchObject({ kind: "login", worker: "0x9c99/rig" });
    expect(parseStratum(`{"id":4,"result":false,"error":null}`)).toMatchObject({ kind: null, isAccepted: false });
    expect(parseStratum(`{"id":0,"method":"login","params":["a"]}`)).toBeNull();
    expect(parseStratum(`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}`)).toBeNull();
  });

  it("is recognised by a whole call, never by JSON alone", () => {
    for (const call of [LOGIN, SUBSCRIBE, AUTHORIZE, SUBMIT_LOGIN]) {
      expect(probe(stratum, call)).toBe("yes");
      for (let cut = 1; cut < call.trimEnd().length; cut++) expect(probe(stratum, call.slice(0, cut))).toBe("more");
    }
    expect(probe(stratum, TAKEN)).toBe("no");
    expect(probe(stratum, `{"method":"login","params":{"user":"a"}}\n`)).toBe("no");
    expect(probe(stratum, "GET / HTTP/1.1\r\n")).toBe("no");
  });

  it("goes on at the next line after a gap", () => {
    const trial = new Trial(stratum);
    trial.send(true, LOGIN);
    trial.send(true, SUBMIT.slice(0, 30));
    trial.gap(40, true);
    trial.send(true, `"}}\n${SUBMIT}`);
    trial.close();
    expect(trial.table("stratum")).toMatchObject([{ shares: 1 }]);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), fc.json(), (text, json) => {
        parseStratum(text);
        parseStratum(json);
      }),
    );
  });
});
