import { Session } from "node:inspector";

/**
 * Gives back the memory of what nothing refers to any more. Buffers of captures and batches lie outside of the heap, which is why the engine sees
 * no need for it by itself.
 */
export async function collectGarbage(): Promise<void> {
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
