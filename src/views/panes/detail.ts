/** What enter opens: everything known of one object, and with `evidence` where each fact comes from and how old it is. */
import { runbookNamed } from "../../state/runbooks/index.ts";
import type { Line, ObjectRef, PaneContent, PaneContext, PaneRow } from "../pane.ts";
import { drbdRows } from "./detail-drbd.ts";
import { entryRows, findingRows } from "./detail-event.ts";
import { guestRows } from "./detail-guest.ts";
import { hostRows } from "./detail-host.ts";
import { logsFound } from "./detail-logs.ts";
import { bridgeRows, uplinkRows } from "./detail-network.ts";
import type { DetailContext } from "./detail-parts.ts";
import { planRows, runRows } from "./detail-plan.ts";
import { runbookRows } from "./detail-runbook.ts";
import { storageRows } from "./detail-storage.ts";
import { content } from "./parts.ts";

export interface DetailContent extends PaneContent {
  /** `guest web01`, `drbd r0/0`: for the shell's title line. */
  readonly title: string;
}

interface Found {
  readonly title: string;
  readonly rows: readonly PaneRow[];
  readonly header?: readonly Line[];
  readonly empty?: string;
  readonly tail?: true;
}

/** undefined: the view doesn't have it (any more). */
function find(context: DetailContext, object: ObjectRef): Found | undefined {
  const { view } = context;
  const made = <Row>(
    row: Row | undefined,
    title: (row: Row) => string,
    rows: (context: DetailContext, row: Row) => PaneRow[],
  ): Found | undefined => (row === undefined ? undefined : { title: title(row), rows: rows(context, row) });
  switch (object.kind) {
    case "host":
      return made(
        view.hosts.find(({ id }) => id === object.id),
        ({ id }) => `host ${id}`,
        hostRows,
      );
    case "guest":
      return made(
        view.guests.find(({ key }) => key === object.key),
        ({ name }) => `guest ${name}`,
        guestRows,
      );
    case "drbd":
      return made(
        view.drbd.find(({ key }) => key === object.key),
        ({ key }) => `drbd ${key}`,
        drbdRows,
      );
    case "storage":
      return made(
        view.storage.find(({ key }) => key === object.key),
        ({ title }) => `storage ${title}`,
        storageRows,
      );
    case "bridge":
      return made(
        view.bridges.find(({ name }) => name === object.name),
        ({ name }) => `bridge ${name}`,
        bridgeRows,
      );
    case "uplink":
      return made(
        view.uplinks.find(({ name }) => name === object.name),
        ({ name }) => `uplink ${name}`,
        uplinkRows,
      );
    case "finding":
      return made(
        view.findings.find(({ rule, object: about }) => rule === object.rule && about === object.object),
        ({ object: about }) => `finding ${about}`,
        findingRows,
      );
    case "entry":
      return made(
        view.timeline.find(({ seq }) => seq === object.seq),
        ({ object: about }) => `timeline ${about}`,
        entryRows,
      );
    case "plan":
      return (
        made(
          view.plans.find(({ id }) => id === object.id),
          ({ goal }) => goal,
          planRows,
        ) ??
        made(
          context.desk.runs.find(({ id }) => id === object.id),
          ({ goal }) => goal,
          runRows,
        )
      );
    case "runbook":
      return made(runbookNamed(object.id), ({ id }) => `runbook ${id}`, runbookRows);
    case "logs":
    case "log":
      return logsFound(context, object);
  }
}

function gone(object: ObjectRef): { readonly title: string; readonly empty: string } {
  switch (object.kind) {
    case "finding":
      return { title: `finding ${object.object}`, empty: `${object.object}: this finding no longer holds. esc goes back.` };
    case "entry":
      return { title: "timeline", empty: "This entry is no longer kept: the timeline is bounded. esc goes back." };
    case "logs":
      return { title: "logs", empty: "No host can be asked for its logs. esc goes back." };
    case "log":
      return { title: `log ${object.source}`, empty: "This line is no longer kept. esc goes back." };
    case "plan":
      return { title: `plan ${object.id}`, empty: `No host tells of plan ${object.id} now: not begun yet, or put away. esc goes back.` };
    case "runbook":
      return { title: "runbook", empty: `There is no runbook ${object.id}. esc goes back.` };
    case "host":
      return { title: `host ${object.id}`, empty: `${object.id} isn't a host of this pair. esc goes back.` };
    case "bridge":
    case "uplink":
      return { title: `${object.kind} ${object.name}`, empty: `Neither host tells of ${object.name} any more. esc goes back.` };
    case "guest":
    case "drbd":
    case "storage":
      return { title: `${object.kind} ${object.key}`, empty: `Neither host tells of ${object.key} any more. esc goes back.` };
  }
}

/**
 * Rows with an object lead on (enter opens that one); all others are facts, headings and continuations.
 * An object that is gone gives no rows and says so in `empty`.
 */
export function buildDetail(context: PaneContext, object: ObjectRef, evidence: boolean): DetailContent {
  const found = find({ ...context, evidence }, object);
  if (found === undefined) {
    const { title, empty } = gone(object);
    return { title, ...content(context.width, [], [], empty) };
  }
  // Sections begin with a blank line; the first needs none.
  const rows = found.rows[0]?.line.length === 0 ? found.rows.slice(1) : found.rows;
  const { title, header = [], empty = "", tail } = found;
  return { title, ...content(context.width, header, rows, empty), ...(tail === undefined ? {} : { tail }) };
}
