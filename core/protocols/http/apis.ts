import type { HttpApi } from "../http-message.ts";
import { HYPERVISORS } from "../hypervisor-api/recognise.ts";
import { OBJECT_STORES } from "../object-store/recognise.ts";
import { RESTIC_REST } from "../restic/recognise.ts";
import { WEBDAV } from "../webdav/recognise.ts";

/** WS-Management, also sealed by the authentication of HTTP. [MS-WSMV] 2.2.9.1 */
const WS_MANAGEMENT_TYPES = /^(?:application\/soap\+xml|multipart\/(?:x-multi-)?encrypted)\b/i;

/** APIs that HTTP carries, the most telling ones first: an exchange goes to the first that wants it. */
export const HTTP_APIS: readonly HttpApi[] = [
  {
    name: "ws-man",
    matches: (request, response) => {
      const type = (request ?? response)?.contentType ?? null;
      return type !== null && WS_MANAGEMENT_TYPES.test(type);
    },
    wants: () => Infinity,
  },
  OBJECT_STORES,
  RESTIC_REST,
  HYPERVISORS,
  WEBDAV,
];
