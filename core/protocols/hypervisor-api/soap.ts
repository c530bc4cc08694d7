import { readXml } from "../../bytes/xml.ts";

/** A call or an answer of a SOAP interface. */
export interface SoapCall {
  /** Element in the body: the method, or its response. */
  readonly method: string;
  /** Managed object that it is called on. */
  readonly object: string | null;
  readonly objectType: string | null;
  /** name=value of what has text, secrets left out. */
  readonly parameters: readonly string[];
  /** Type of the fault's detail, else its text. */
  readonly fault: string | null;
  readonly result: string | null;
}

/** Most parameters that are kept, and the longest. */
const MOST_PARAMETERS = 40;
const LONGEST_PARAMETER = 500;
const SECRET = /passw|secret|ticket|token|cookie|key$/i;

/** Reads the first call of an envelope; null if there is none. [vSphere] Web Services API: method and _this in the body */
export function readSoapCall(xml: string): SoapCall | null {
  let method: string | null = null;
  let object: string | null = null;
  let objectType: string | null = null;
  let fault: string | null = null;
  let faultText: string | null = null;
  let result: string | null = null;
  const parameters: string[] = [];
  readXml(xml, {
    open: ({ name, path, attributes }) => {
      if (path.at(-1) === "Body" && path.length === 2) method ??= name;
      if (path.at(-1) === "detail")
        fault ??= (attributes.get("type") ?? name).replace(/^.*:/, "").replace(/Fault$/, "");
    },
    close: ({ name, path, attributes }, text) => {
      if (path.length < 3 || path[1] !== "Body") return;
      const value = text.trim();
      if (name === "_this" && path.length === 3) {
        object ??= value;
        objectType ??= attributes.get("type") ?? null;
      } else if (name === "faultstring") {
        faultText ??= value;
      } else if (name === "returnval" && path.length === 3) {
        result ??= value === "" ? null : value.slice(0, LONGEST_PARAMETER);
      } else if (value !== "" && parameters.length < MOST_PARAMETERS && !SECRET.test(name)) {
        parameters.push(`${[...path.slice(3), name].join(".")}=${value.slice(0, LONGEST_PARAMETER)}`);
      }
    },
  });
  if (method === null) return null;
  const isFault = method === "Fault";
  return { method, object, objectType, parameters, fault: isFault ? (fault ?? faultText) : null, result };
}

/** Method that an ExecuteSoap calls ("vim.EsxCLI.vm.process.Kill"), as esxcli does from another machine; null for other calls. [vSphere] reflect.ManagedMethodExecuter */
export function innerMethod({ method, parameters }: SoapCall): string | null {
  if (method !== "ExecuteSoap") return null;
  return parameters.find((parameter) => parameter.startsWith("method="))?.slice(7) ?? null;
}
