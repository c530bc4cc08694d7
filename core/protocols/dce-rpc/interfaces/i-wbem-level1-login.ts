import type { ArgumentReader } from "./interface.ts";
import { operations } from "./interface.ts";

/** [MS-WMI] 3.1.4.1.4: the name space that the client logs on to. */
const ntlmLogin: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
};

/** Log-on to WMI. [MS-WMI] 3.1.4.1 */
export const iWbemLevel1Login = {
  uuid: "f309ad18-d86a-11d0-a075-00c04fb68820",
  name: "IWbemLevel1Login",
  operations: operations("- - - EstablishPosition RequestChallenge WBEMLogin NTLMLogin"),
  isObject: true,
  requests: { 6: ntlmLogin },
} as const;
