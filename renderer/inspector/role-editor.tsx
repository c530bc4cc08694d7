import { useState } from "react";
import type { Role } from "../../core/contracts/estate.ts";
import { ROLES } from "../../core/contracts/estate.ts";
import { ROLE_WORDS } from "../../core/contracts/host-names.ts";
import { visible } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";

const PLACES = ["roles", "estate", "outside"] as const;
type Place = (typeof PLACES)[number];
const PLACE_WORDS: Readonly<Record<Place, string>> = {
  roles: "as its roles say",
  estate: "part of the estate",
  outside: "not part of it",
};
const ESTATE_OF: Readonly<Record<Place, boolean | null>> = { roles: null, estate: true, outside: false };

/** What a machine is to the backups, as the investigator knows it: it goes into the case's scope. */
export function RoleEditor({ address, onDone }: { address: string; onDone: () => void }) {
  const { hosts, scope, view } = useBench();
  const asset = hosts.asset(address);
  const [roles, setRoles] = useState<readonly Role[]>(
    (asset?.roles ?? []).filter(({ confidence }) => confidence >= 0.6).map(({ role }) => role),
  );
  const [place, setPlace] = useState<Place>("roles");
  if (view.readOnly) return <p className="quiet">The case is open for reading only: the scope cannot be changed.</p>;
  const save = (chosen: readonly Role[], estate: boolean | null) =>
    void scope.setMachine({ address, roles: chosen, estate }).then((isTaken) => isTaken && onDone());
  return (
    <form
      className="role-editor"
      onSubmit={(event) => {
        event.preventDefault();
        save(roles, ESTATE_OF[place]);
      }}
    >
      <p className="quiet">
        What is said here goes into the scope and before what is inferred. Estate and findings are then found anew;
        nothing is parsed again, and it can be taken back.
      </p>
      <fieldset>
        <legend>Roles</legend>
        {ROLES.map((role) => (
          <label key={role}>
            <input
              type="checkbox"
              checked={roles.includes(role)}
              onChange={(event) =>
                setRoles(ROLES.filter((each) => (each === role ? event.target.checked : roles.includes(each))))
              }
            />{" "}
            {ROLE_WORDS[role]}
          </label>
        ))}
      </fieldset>
      <label>
        Backup estate{" "}
        <select value={place} onChange={(event) => setPlace(event.target.value as Place)}>
          {PLACES.map((each) => (
            <option key={each} value={each}>
              {PLACE_WORDS[each]}
            </option>
          ))}
        </select>
      </label>
      <p className="tools">
        <button
          type="submit"
          className="primary"
          disabled={scope.isRunning || (roles.length === 0 && place === "roles")}
        >
          {scope.isRunning ? "Finding anew…" : "Save in the scope"}
        </button>
        <button type="button" disabled={scope.isRunning} onClick={() => save([], null)}>
          As inferred
        </button>
        <button type="button" onClick={onDone}>
          Cancel
        </button>
      </p>
      {scope.problem !== null && (
        <p role="alert" className="problem">
          {visible(scope.problem)}
        </p>
      )}
    </form>
  );
}
