/** The logs of the hosts: which there are, one as it grows, one line of it whole. */
import type { PairView } from "../../state/view-model.ts";
import type { HostId } from "../../xen/model/ids.ts";
import { type FeedState, type FilesState, feedKey, type LogFile, noFeeds } from "../console/feed-state.ts";
import { age, count, sizeOfBytes } from "../format.ts";
import type { Line, ObjectRef, PaneRow } from "../pane.ts";
import { fitText, span } from "../widgets/text.ts";
import type { DetailContext } from "./detail-parts.ts";
import { blank, heading, rowsOf, wrap } from "./parts.ts";

type Logs = Extract<ObjectRef, { kind: "logs" }>;
type Log = Extract<ObjectRef, { kind: "log" }>;

interface Found {
  readonly title: string;
  readonly rows: readonly PaneRow[];
  readonly header?: readonly Line[];
  readonly empty?: string;
  readonly tail?: true;
}

const NAMES: Readonly<Record<string, string>> = { xen: "xl dmesg", kernel: "kernel" };
const nameOf = (source: string): string => NAMES[source] ?? source.replace("/var/log/xen/", "");

const NAME_COLUMNS = 44;

function fileRow(context: DetailContext, host: HostId, { path, size_bytes, changed_ms }: LogFile): PaneRow {
  const name_width = Math.min(NAME_COLUMNS, Math.max(10, context.width - 24));
  const line: Line = [
    span(`  ${fitText(nameOf(path), name_width)} `),
    span(fitText(sizeOfBytes(size_bytes), 9, "right"), "dim"),
    span(`  ${age(context.view.now_ms - changed_ms)} ago`, "dim"),
  ];
  return { key: `${host} ${path}`, line, object: { kind: "log", host, source: path }, text: path };
}

const streamRow = (host: HostId, source: string, what: string): PaneRow => ({
  key: `${host} ${source}`,
  line: [span(`  ${fitText(nameOf(source), 10)}`), span(what, "dim")],
  object: { kind: "log", host, source },
});

/** Words of a name that a guest's files have in theirs. */
const isOf = (path: string, guest: string): boolean => path.toLowerCase().includes(guest.toLowerCase());

function filesNote(files: FilesState | undefined, shown: number): string | undefined {
  if (files === undefined || (files.phase === "asking" && shown === 0)) return "asking which files there are";
  if (files.phase === "failed") return `which files there are can't be told: ${files.words === "" ? "no reason given" : files.words}`;
  return shown === 0 ? "no files below /var/log/xen" : undefined;
}

function hostRows(context: DetailContext, host: HostId, guest: string | undefined): readonly PaneRow[] {
  const files = (context.feeds ?? noFeeds).files.get(host);
  const own = guest === undefined ? [] : (files?.files ?? []).filter(({ path }) => isOf(path, guest));
  const rest = (files?.files ?? []).filter((file) => !own.includes(file));
  const reach = context.view.hosts.find(({ id }) => id === host)?.reach;
  const note = reach === "live" ? filesNote(files, own.length + rest.length) : "it can't be asked now";
  return [
    blank(`${host} files`),
    heading(host, reach === "live" ? host : `${host}, ${reach ?? "not of this pair"}`),
    ...own.map((file) => fileRow(context, host, file)),
    streamRow(host, "xen", "the hypervisor's messages"),
    streamRow(host, "kernel", "dom0's kernel, from its journal"),
    ...rest.map((file) => fileRow(context, host, file)),
    ...(note === undefined ? [] : rowsOf(`${host} note`, [[span(`  ${note}`, "dim")]], undefined)),
  ];
}

function headerOf(feed: FeedState | undefined, live: boolean, view: PairView): Line {
  if (feed === undefined) return [span(live ? "opening" : "its host doesn't answer: nothing is known of it", live ? "info" : "unknown")];
  const told = `${count(feed.lines.length, "line")}${feed.gone === 0 ? "" : `, ${feed.gone} before`}`;
  switch (feed.phase) {
    case "opening":
      return [span("opening", "info")];
    case "following":
      return [span("followed", "ok"), span(`  ${told}  G stays at the end, / filters`, "dim")];
    case "ended":
      return [span(`ended ${age(view.now_ms - feed.since_ms)} ago: ${feed.words}`, "warning"), span(`  ${told}`, "dim")];
  }
}

function logFound(context: DetailContext, { host, source }: Log): Found {
  const feed = (context.feeds ?? noFeeds).feeds.get(feedKey(host, source));
  const live = context.view.hosts.some(({ id, reach }) => id === host && reach === "live");
  const rows = (feed?.lines ?? []).map(
    ({ seq, text }): PaneRow => ({ key: String(seq), line: [span(text)], object: { kind: "log", host, source, line: seq }, text }),
  );
  return {
    title: `${nameOf(source)} on ${host}`,
    header: [headerOf(feed, live, context.view)],
    rows,
    empty: feed?.phase === "following" ? "It says nothing." : "Nothing was told yet.",
    tail: true,
  };
}

/** undefined: it is no longer kept. */
function lineFound(context: DetailContext, { host, source, line }: Log): Found | undefined {
  const found = (context.feeds ?? noFeeds).feeds.get(feedKey(host, source))?.lines.find(({ seq }) => seq === line);
  if (found === undefined) return undefined;
  return { title: `a line of ${nameOf(source)} on ${host}`, rows: rowsOf("line", wrap([span(found.text)], context.width, 0), undefined) };
}

export function logsFound(context: DetailContext, object: Logs | Log): Found | undefined {
  if (object.kind === "log") return object.line === undefined ? logFound(context, object) : lineFound(context, object);
  const { hosts, guest } = object;
  const rows = hosts.flatMap((host) => hostRows(context, host, guest));
  return { title: guest === undefined ? `logs of ${hosts.join(" and ")}` : `logs about ${guest}`, rows };
}
