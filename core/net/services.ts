/** No service, of all connections. */
export const NO_SERVICES: readonly string[] = [];

/** Most lists of one service that are kept for all connections that have no other; names are those of protocols. */
const MOST_SHARED = 256;
const shared = new Map<string, readonly string[]>();

/** The services and one more; connections of one service share its list, as there may be very many. */
export function withService(services: readonly string[], name: string): readonly string[] {
  if (services.length > 0) return services.includes(name) ? services : [...services, name];
  let known = shared.get(name);
  if (known === undefined) {
    known = [name];
    if (shared.size < MOST_SHARED) shared.set(name, known);
  }
  return known;
}

/** The services without one of them. */
export function withoutService(services: readonly string[], name: string): readonly string[] {
  return services.includes(name) ? services.filter((each) => each !== name) : services;
}
