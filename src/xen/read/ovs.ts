/** Open vSwitch: bridges, ports and interfaces. Source: ovs-vsctl(8) `--format=json`, ovs-vswitchd.conf.db(5), recording ovs (3.1.0). */
import type { Ovs, OvsInterface, OvsPort } from "../model/network.ts";
import { clean } from "./clean.ts";
import { CUT_NOTE, isObject, listOf, NOT_UNDERSTOOD_MAX, textOf } from "./json-objects.ts";
import { splitParts } from "./parts.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

type Row = ReadonlyMap<string, unknown>;
interface Table {
  readonly rows: readonly Row[];
  readonly strange: readonly string[];
}

/** A column is one value, `["uuid", U]`, or `["set", [...]]` (RFC 7047, 5.1). As a list of text or numbers. */
function values(column: unknown): readonly (string | number)[] {
  if (typeof column === "string") return column === "" ? [] : [clean(column)];
  if (typeof column === "number") return Number.isFinite(column) ? [column] : [];
  const [tag, content] = listOf(column);
  if (tag === "uuid" && typeof content === "string") return [clean(content)];
  // One level only: a set holds atoms and uuids.
  if (tag === "set") return listOf(content).flatMap((item) => (Array.isArray(item) && item[0] === "set" ? [] : values(item)));
  return [];
}
const texts = (column: unknown): string[] => values(column).map(String);
const text = (column: unknown): string | undefined => texts(column)[0];
const numbers = (column: unknown): number[] => values(column).filter((value) => typeof value === "number");

function mapValue(column: unknown, key: string): string | undefined {
  const [tag, pairs] = listOf(column);
  if (tag !== "map") return undefined;
  const pair = listOf(pairs).find((entry) => listOf(entry)[0] === key);
  return textOf(listOf(pair)[1]);
}

/** The line of the part that is JSON; ovs-vsctl's warnings may stand around it. */
function table(body: string): Table {
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  const strange: string[] = [];
  for (const line of lines) {
    if (!line.startsWith("{")) {
      strange.push(clean(line));
      continue;
    }
    try {
      const value: unknown = JSON.parse(line);
      if (isObject(value) && Array.isArray(value.headings) && Array.isArray(value.data)) {
        const headings = value.headings.map(String);
        const rows = value.data.map((cells: unknown) => new Map(headings.map((heading, index) => [heading, listOf(cells)[index]])));
        return { rows, strange };
      }
    } catch {
      // Said below: the line is kept as not understood.
    }
    strange.push(clean(line));
  }
  return { rows: [], strange };
}

const named = (row: Row): string => text(row.get("name")) ?? "?";

function port(row: Row, bridgeOfPort: ReadonlyMap<string, string>, interfaces: ReadonlyMap<string, string>): OvsPort {
  return {
    name: named(row),
    bridge: bridgeOfPort.get(text(row.get("_uuid")) ?? ""),
    tag: numbers(row.get("tag"))[0],
    trunks: numbers(row.get("trunks")),
    interfaces: texts(row.get("interfaces")).map((id) => interfaces.get(id) ?? id),
    fake_bridge: row.get("fake_bridge") === true,
  };
}

function ovsInterface(row: Row): OvsInterface {
  return {
    name: named(row),
    type: text(row.get("type")),
    admin_state: text(row.get("admin_state")),
    link_state: text(row.get("link_state")),
    error: text(row.get("error")),
    mac: text(row.get("mac_in_use")),
    mtu: numbers(row.get("mtu"))[0],
    external_mac: mapValue(row.get("external_ids"), "attached-mac"),
  };
}

export function parseOvs({ rc, stdout, truncated }: RawOutput): ParseResult<Ovs> {
  if (rc === RC_ABSENT) return absent("Open vSwitch isn't installed");
  // No socket: the daemon was never started. A socket nobody answers on is a failure.
  if (rc !== 0 && /database connection failed \(No such file or directory\)/.test(stdout)) return absent("Open vSwitch isn't running");
  const parts = new Map(splitParts(stdout).map(({ head, body }) => [head, table(body)]));
  const strange = [...parts.values()].flatMap((part) => part.strange);
  const [bridges, ports, interfaces] = ["Bridge", "Port", "Interface"].map((name) => parts.get(name)?.rows);
  if (rc !== 0 || bridges === undefined || ports === undefined || interfaces === undefined) {
    const words = strange.at(-1);
    const timed = rc === 142 || rc === 124 || rc === 137 ? " (no answer within its time)" : "";
    return failed(`ovs-vsctl exited with ${rc}${timed}${words === undefined ? "" : `: ${words}`}`);
  }
  const names = new Map(interfaces.flatMap((row) => texts(row.get("_uuid")).map((id) => [id, named(row)] as const)));
  const bridgeOfPort = new Map(bridges.flatMap((row) => texts(row.get("ports")).map((id) => [id, named(row)] as const)));
  return parsed({
    bridges: bridges.map(named),
    ports: ports.map((row) => port(row, bridgeOfPort, names)),
    interfaces: interfaces.map(ovsInterface),
    not_understood: [...(truncated ? [CUT_NOTE] : []), ...strange].slice(0, NOT_UNDERSTOOD_MAX),
  });
}

// Only the columns that are used: counters would make every answer differ, and options can hold an IPsec key.
const columns = [
  ["Bridge", "_uuid,name,ports"],
  ["Port", "_uuid,name,tag,trunks,interfaces,fake_bridge"],
  ["Interface", "_uuid,name,type,admin_state,link_state,error,mac_in_use,mtu,external_ids"],
] as const;

export const ovs: Reading<Ovs> = {
  id: "ovs",
  title: "Open vSwitch bridges, ports and interfaces",
  source: "ovs-vsctl --format=json list Bridge|Port|Interface",
  script: `command -v ovs-vsctl >/dev/null || exit 69
${columns.map(([name, list]) => `echo "@@ ${name}"\novs-vsctl -t 3 --format=json --columns=${list} list ${name} 2>&1 || exit $?`).join("\n")}`,
  cadence_s: 20,
  timeout_s: 12,
  bytes_max: 524_288,
  refreshed_by: ["net"],
  parse: parseOvs,
};
