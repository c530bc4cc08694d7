import { useEffect, useState } from "react";
import type { Api, ApiMethod } from "../../core/contracts/api.ts";
import { call } from "./client.ts";

/** State of one call: not answered yet, refused with a sentence, or its value. */
export type Loaded<T> =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly message: string }
  | { readonly state: "ready"; readonly value: T };

/** Makes a call whenever its argument changes; the last argument's answer wins. */
export function useCall<M extends ApiMethod>(method: M, arg: Api[M][0]): Loaded<Api[M][1]> {
  const [loaded, setLoaded] = useState<Loaded<Api[M][1]>>({ state: "loading" });
  const key = JSON.stringify(arg);
  useEffect(() => {
    let current = true;
    void call(method, JSON.parse(key) as Api[M][0]).then((result) => {
      if (!current) return;
      setLoaded(
        result.ok ? { state: "ready", value: result.value } : { state: "failed", message: result.error.message },
      );
    });
    return () => {
      current = false;
    };
  }, [method, key]);
  return loaded;
}
