import { OUTSIDE } from "../../estate/company.ts";
import { httpRequest, httpResponse } from "../../speak/http.ts";
import { ascii, joined } from "../../wire/byte-writer.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

/** A program that asks for orders now and then, and once hands over what it was asked for. */
export const httpBeacon: Technique = {
  name: "http-beacon",
  shows: "A workstation posts a few octets to an address outside twenty times, about every 45 seconds.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, OUTSIDE.drop, {
      phase: "command-and-control",
      attack: ["T1071.001"],
      account: null,
      what: "Asked an address outside for orders twenty times",
      detections: ["BT-C2-001"],
    });
    const random = stage.random.fork("beacon");
    let after = 2e9;
    for (let i = 0; i < 20; i++) {
      const talk = stage.talk();
      const body = ascii(`d=${random.hex(i === 12 ? 400 : 48)}`);
      const fields = ["Content-Type: application/x-www-form-urlencoded", `Content-Length: ${body.length}`];
      talk.client(joined(httpRequest("POST", "/gate", OUTSIDE.drop.ip, "updater/2.1", fields), body));
      talk.server(joined(httpResponse("200 OK", "text/plain", 64, stage.wallMs(after)), ascii(random.hex(64))), 4e6);
      stage.tcp(after, STRANGER, OUTSIDE.drop, 80, talk.taken(), { witness: step });
      after += random.between(40e9, 50e9);
    }
  },
};

/** Somebody who reads. */
export const statusPage: Technique = {
  name: "status-page",
  shows: "A workstation opens pages of the intranet at intervals that a reader makes, of all sizes.",
  isAttack: false,
  play(stage) {
    const random = stage.random.fork("reader");
    let after = 2e9;
    for (let i = 0; i < 20; i++) {
      const talk = stage.talk();
      talk.client(
        httpRequest(
          "GET",
          random.pick(["/", "/news", "/people", "/canteen"]),
          OUTSIDE.updates.dnsName,
          "Mozilla/5.0 (X11; Linux x86_64) ExampleBrowser/128.0",
        ),
      );
      const octets = random.between(900, 60_000);
      talk.server(httpResponse("200 OK", "text/html", octets, stage.wallMs(after)), 4e6, octets);
      stage.tcp(after, STRANGER, OUTSIDE.updates, 80, talk.taken());
      after += random.between(3e9, 240e9);
    }
  },
};
