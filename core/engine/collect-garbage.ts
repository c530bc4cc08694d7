import { Session } from "node:inspector";

/** What fewer octets of capture leave is not worth the time. */
const LEAST_OCTETS = 64 * 1024 * 1024;

/**
 * Gives back the memory of what nothing refers to any more. Buffers of captures and batches lie outside of the heap, which is why the engine sees
 * no need for it by itself.
 * @param octets Of the captures that it comes from.
 */
export async function collectGarbage(octets: number): Promise<void> {
  if (octets < LEAST_OCTETS) return;
  const session = new Session();
  session.connect();
  try {
    await new Promise<void>((resolve, reject) => {
      session.post("HeapProfiler.collectGarbage", (error) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    session.disconnect();
  }
}
