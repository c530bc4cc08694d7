import { z } from "zod";
import { ROLES } from "../contracts/estate.ts";
import { networkRange } from "../bytes/network-range.ts";
import type { ScopeIssue } from "./scope.ts";

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Says in the file's own words what to write; zod's words are for programmers. */
function expects(what: string): { error: (issue: { input?: unknown }) => string } {
  return {
    error: ({ input }) =>
      input === undefined ? `missing; write ${what}` : `${shown(input)} does not fit; write ${what}`,
  };
}

const text = (what: string) => z.string(expects(what)).min(1, expects(what));

const addressOrNetwork = (what: string) => text(what).refine((value) => networkRange(value) !== null, expects(what));

const address = text("one address, such as 10.20.5.10").refine(
  (value) => networkRange(value) !== null && !value.includes("/"),
  expects("one address, such as 10.20.5.10; a range goes under `network`"),
);

const role = z.enum(ROLES, expects(`one of ${ROLES.join(", ")}`));

const clock = z
  .string(expects('a time of day in quotes, such as "22:30"'))
  .regex(/^([01]?\d|2[0-4]):[0-5]\d$/, expects('a time of day in quotes, such as "22:30"'))
  .transform((value) => {
    const [hours = "0", minutes = "0"] = value.split(":");
    return (Number(hours) % 24) * 60 + Number(minutes);
  });

const day = z
  .enum(
    [...WEEKDAYS, "daily", "weekdays", "weekend"],
    expects("mon, tue, wed, thu, fri, sat, sun, daily, weekdays or weekend"),
  )
  .transform((name): number[] => {
    if (name === "daily") return [1, 2, 3, 4, 5, 6, 7];
    if (name === "weekdays") return [1, 2, 3, 4, 5];
    if (name === "weekend") return [6, 7];
    return [WEEKDAYS.indexOf(name) + 1];
  });

const zone = text("an IANA time zone, such as Europe/Berlin").refine(
  isTimeZone,
  expects("an IANA time zone, such as Europe/Berlin"),
);

const list = <T extends z.ZodType>(item: T, what: string) => z.array(item, expects(`a list of ${what}`));
const mapping = (what: string) => expects(`a mapping with ${what}`);

const asset = z
  .strictObject(
    {
      address: address.optional(),
      network: addressOrNetwork("a network, such as 10.20.6.0/24").optional(),
      name: text("the machine's name").optional(),
      roles: list(role, "roles, such as [repository]").optional(),
      estate: z.boolean(expects("true or false")).optional(),
    },
    mapping("address, network or name, and roles"),
  )
  .refine(
    (entry) => entry.address !== undefined || entry.network !== undefined || entry.name !== undefined,
    "says no machine; write address, network or name",
  )
  .refine(
    (entry) => entry.address === undefined || entry.network === undefined,
    "has both address and network; write one of them",
  )
  .refine(
    (entry) =>
      entry.roles !== undefined ||
      entry.estate !== undefined ||
      (entry.address !== undefined && entry.name !== undefined),
    "says nothing about the machine; write roles, such as [repository], or estate: false",
  );

const instant = z
  .union([z.string(), z.date()], expects('a time such as "2024-03-01T00:00:00Z"'))
  .transform((value) => (value instanceof Date ? value.getTime() : Date.parse(value)))
  .refine((value) => !Number.isNaN(value), expects('a time such as "2024-03-01T00:00:00Z"'));

const addressOrAnything = addressOrNetwork("an address or a network");

const timeWindow = {
  name: text("the window's name"),
  days: list(day, "days, such as [weekdays]").optional(),
  start: clock,
  end: clock,
  zone: zone.optional(),
};

/** The file as it is written. */
export const RAW_SCOPE = z.strictObject(
  {
    site: z
      .strictObject(
        {
          name: text("the site's name").optional(),
          time_zone: zone.optional(),
          networks: list(
            z.union(
              [
                addressOrNetwork("a network, such as 10.20.0.0/16"),
                z.strictObject({
                  cidr: addressOrNetwork("a network, such as 10.20.0.0/16"),
                  name: text("the network's name").optional(),
                }),
              ],
              expects("a network, such as 10.20.0.0/16, or a mapping with cidr and name"),
            ),
            "networks",
          ).optional(),
        },
        mapping("name, time_zone and networks"),
      )
      .optional(),
    assets: list(asset, "machines").optional(),
    admin: z
      .strictObject(
        {
          sources: list(addressOrNetwork("an address or a network"), "addresses and networks").optional(),
          accounts: list(text("an account, such as 'CORP\\admin'"), "accounts").optional(),
        },
        mapping("sources and accounts"),
      )
      .optional(),
    jobs: list(
      z.strictObject({ ...timeWindow, name: text("the job's name") }, mapping("name, days, start and end")),
      "jobs",
    ).optional(),
    change_windows: list(z.strictObject(timeWindow, mapping("name, days, start and end")), "change windows").optional(),
    approved: list(
      z.strictObject(
        { destination: addressOrAnything, reason: text("why backups may go there, in words") },
        mapping("destination and reason"),
      ),
      "approved destinations",
    ).optional(),
    products: list(text("a backup product, such as Veeam"), "backup products").optional(),
    drills: list(
      z.strictObject(
        {
          name: text("the drill's name"),
          every_days: z.int(expects("a whole number of days")).min(1, expects("a whole number of days")),
          target: addressOrAnything,
          planned: list(
            z.strictObject({ from: instant, to: instant }, mapping("from and to")),
            "planned times, each with from and to",
          ).optional(),
        },
        mapping("name, every_days, target and planned"),
      ),
      "restore drills",
    ).optional(),
    normal: z
      .strictObject(
        {
          until: instant.optional(),
          peers: list(
            z
              .strictObject(
                {
                  source: addressOrAnything.optional(),
                  target: addressOrAnything.optional(),
                  reason: text("why this is usual, in words"),
                },
                mapping("source, target and reason"),
              )
              .refine(
                ({ source, target }) => source !== undefined || target !== undefined,
                "says nothing; write source, target or both",
              ),
            "peers",
          ).optional(),
        },
        mapping("until and peers"),
      )
      .optional(),
    allow: list(
      z
        .strictObject(
          {
            detection: text("a detection id, such as BT-LM-001").optional(),
            source: text("an address").optional(),
            target: text("an address").optional(),
            user: text("an account").optional(),
            object: text("what is touched; * stands for any characters").optional(),
            reason: text("why this is expected, in words"),
          },
          mapping("detection, source, target, user, object and reason"),
        )
        .refine(
          ({ detection, source, target, user, object }) =>
            [detection, source, target, user, object].some((condition) => condition !== undefined),
          "would allow everything; write at least one of detection, source, target, user, object",
        ),
      "entries",
    ).optional(),
    parameters: z
      .record(
        z.string(),
        z.record(
          z.string(),
          z.union([z.number(), z.string()], expects("a number or text")),
          mapping("parameter names"),
        ),
        mapping("detection ids"),
      )
      .optional(),
  },
  mapping("site, assets, admin, jobs, change_windows, approved, products, drills, normal, allow and parameters"),
);

export type RawScope = z.output<typeof RAW_SCOPE>;

/** zod's issues as problems of the file: unknown keys are told one by one with those that are known. */
export function scopeIssues(error: z.ZodError): ScopeIssue[] {
  return error.issues.flatMap((issue): ScopeIssue[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        message: `"${key}" is no key here; docs/scope.md lists the keys`,
      }));
    }
    if (issue.code === "invalid_union") {
      // A network as a mapping: its own issues say more than "does not fit".
      const deepest = issue.errors.flat().filter(({ path }) => path.length > 0);
      if (deepest.length > 0) {
        return scopeIssues({
          ...error,
          issues: deepest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
        });
      }
    }
    return [{ path: issue.path, message: issue.message }];
  });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function shown(input: unknown): string {
  const text = typeof input === "string" ? `"${input}"` : JSON.stringify(input);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
