import type { EstateView as Data } from "../../../core/contracts/window.ts";
import { countText, visible } from "../../../core/contracts/text-forms.ts";
import { useBench } from "../../bench.ts";
import { useCall } from "../../data/use-call.ts";
import { DataTable } from "../../frame/data-table.tsx";
import { Message } from "../../frame/message.tsx";
import { HostLink } from "../../inspector/host-link.tsx";
import { Wire } from "../../wire.tsx";
import { Jobs } from "./jobs.tsx";
import { Machines } from "./machines.tsx";
import { Matrix } from "./matrix.tsx";

/** What is the backup estate, what is normal: machines and why they are thought to be what they are, who talks to whom, jobs, products. */
export function EstateView() {
  const { view, narrowing, story, version, go } = useBench();
  const data = useCall("estate.view", narrowing, version);
  if (story.estate.assets.length === 0)
    return (
      <Message
        title="No estate"
        text="Nothing in the traffic shows a backup server, a repository or the like. Select a host in Sessions and change its roles in the Inspector, or name machines in a scope file: backtrail scope."
      >
        {view.tables.length > 0 && (
          <button onClick={() => go({ view: "Sessions", table: "conn" })}>Show the sessions</button>
        )}
      </Message>
    );
  return (
    <div className="page wide">
      <h2>Machines</h2>
      <Machines />
      {data.state === "loading" && <Message title="Reading who talks to whom" />}
      {data.state === "failed" && <p className="problem">{visible(data.message)}</p>}
      {data.state === "ready" && (
        <div className={data.isOld ? "old" : undefined}>
          <h2>Who talks to whom</h2>
          <Matrix data={data.value} />
          <h2>Jobs</h2>
          <Jobs data={data.value} />
          <h2>Products</h2>
          <Products data={data.value} />
        </div>
      )}
    </div>
  );
}

function Products({ data }: { data: Data }) {
  if (data.products.length === 0) return <p className="quiet">No backup product showed itself on the wire.</p>;
  return (
    <DataTable
      label="Backup products"
      rows={data.products}
      keyOf={({ host, product, component }) => `${host} ${product} ${component}`}
      columns={[
        { head: "Machine", cell: ({ host }) => <HostLink address={host} /> },
        { head: "Product", cell: ({ product }) => <Wire text={product} /> },
        { head: "Component", cell: ({ component }) => <Wire text={component} /> },
        {
          head: "Version",
          isMono: true,
          cell: ({ version }) => (version === "" ? <span className="quiet">not seen</span> : <Wire text={version} />),
        },
        { head: "Sessions", isNumber: true, cell: ({ records }) => countText(records) },
      ]}
    />
  );
}
