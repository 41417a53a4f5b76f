/**
 * XAPI of XenServer and XCP-ng, asked by its own CLI. First whether this host is in emergency mode, which it knows by itself; then its pool, this host's PBDs
 * and the SRs, which a slave asks its master for: that hangs where the master is lost, so each question has a limit of its own, and the first that isn't
 * answered is the last. `device-config` is never asked for: it can hold a CHAP password.
 *
 * Source: xapi-project/xen-api: xapi-cli-server/cli_printer.ml (multi_line_record: `name ( RO)    : value`, a blank line after each record), records.ml
 * (names of the fields), cli_util.ml (server_error: an error's sentence and its parameters, on stderr), xe-cli/newcli.ml (`Error code: HOST_IS_SLAVE` where there
 * is no sentence), xapi/pool_role.ml (pool.conf), datamodel_errors.ml (the sentences); docs.xcp-ng.org, xe reference (host-is-in-emergency-mode).
 * No answer of a real host was recorded: the samples in the tests are written by these.
 */
import type { Xapi, XapiPbd, XapiPool } from "../model/xapi.ts";
import { endedAtLimit, firstLine } from "./answer.ts";
import { clean, redact } from "./clean.ts";
import { CUT_NOTE, NOT_UNDERSTOOD_MAX } from "./json-objects.ts";
import { splitParts } from "./parts.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading, unheard } from "./reading.ts";
import { LINE_LENGTH_MAX } from "./xl-tool.ts";

type Fields = ReadonlyMap<string, string>;
interface Records {
  readonly records: readonly Fields[];
  readonly strange: readonly string[];
}
/** One question of the script. rc undefined: it was never asked, or ended with the script. */
interface Said {
  readonly rc: number | undefined;
  readonly body: string;
}

/** A question's own limit, in seconds. */
const ASK_S = 5;

const field = /^([a-z][a-z-]{0,60}) \([ MS]R[OW]\) *:(?: (.*))?$/;

/** A record ends at a blank line, or where one of its names comes again. */
function recordsOf(body: string): Records {
  const records: Map<string, string>[] = [];
  const strange: string[] = [];
  let current: Map<string, string> | undefined;
  for (const line of body.split("\n")) {
    const text = line.trim();
    const [, name, value = ""] = (text.length <= LINE_LENGTH_MAX && field.exec(text)) || [];
    if (name === undefined) {
      if (text === "") current = undefined;
      else strange.push(redact(clean(text)));
      continue;
    }
    if (current === undefined || current.has(name)) {
      current = new Map();
      records.push(current);
    }
    current.set(name, clean(value));
  }
  return { records, strange };
}

const yesNo = (word: string | undefined): boolean | undefined => (word === "true" ? true : word === "false" ? false : undefined);
const count = (word: string | undefined): number | undefined => (word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : undefined);
const some = (word: string | undefined): string | undefined => (word === "" ? undefined : word);

function poolOf(fields: Fields | undefined): XapiPool | undefined {
  const uuid = some(fields?.get("uuid"));
  if (fields === undefined || uuid === undefined) return undefined;
  return {
    uuid,
    ha_enabled: yesNo(fields.get("ha-enabled")),
    failures_to_tolerate: count(fields.get("ha-host-failures-to-tolerate")),
    plan_exists_for: count(fields.get("ha-plan-exists-for")),
    overcommitted: yesNo(fields.get("ha-overcommitted")),
  };
}

/** Of a PBD that isn't whole nothing is told but that it isn't. */
function pbdOf(fields: Fields, repositories: ReadonlyMap<string, Fields>): XapiPbd | undefined {
  const [uuid, sr_uuid] = [some(fields.get("uuid")), some(fields.get("sr-uuid"))];
  if (uuid === undefined || sr_uuid === undefined) return undefined;
  const repository = repositories.get(sr_uuid);
  return {
    uuid,
    sr_uuid,
    sr_name: some(repository?.get("name-label")),
    sr_type: some(repository?.get("type")),
    shared: yesNo(repository?.get("shared")),
    attached: yesNo(fields.get("currently-attached")),
  };
}

/** `@@ NAME`, what was said, `@@ rc N`. */
function questions(stdout: string): ReadonlyMap<string, Said> {
  const told = new Map<string, Said>();
  let last: string | undefined;
  for (const { head, body } of splitParts(stdout)) {
    const [, rc] = /^rc (\d{1,3})$/.exec(head) ?? [];
    if (rc === undefined) {
      last = head;
      if (!told.has(head)) told.set(head, { rc: undefined, body });
    } else if (last !== undefined) {
      told.set(last, { rc: Number(rc), body: told.get(last)?.body ?? "" });
      last = undefined;
    }
  }
  return told;
}

const silent = ({ rc }: Said): boolean => rc === undefined || endedAtLimit(rc);

/** One sentence on a question that wasn't answered. */
function words(command: string, said: Said): string {
  if (said.rc === undefined) return `${command} wasn't answered to its end`;
  if (endedAtLimit(said.rc)) return `${command} didn't answer within its time limit`;
  const first = firstLine(said.body);
  return `${command} exited with ${said.rc}${first === undefined ? "" : `: ${redact(clean(first.trim(), 200))}`}`;
}

const HOST_IS_SLAVE = /^(?:You cannot make regular API calls directly on a |Error code: HOST_IS_SLAVE\b)/m;
const namedMaster = /^(?:(?:Master|Coordinator) IP address|Error parameters): (\S{1,64})$/m;
const STARTING = /\bstill initiali[sz]ing\b/;

const roles = ["master", "slave", "broken"] as const;

function roleOf(body: string | undefined): Pick<Xapi, "role" | "master"> {
  const line = firstLine(body ?? "") ?? "";
  const role = roles.find((word) => line === word || line.startsWith(`${word}:`));
  return { role, master: role === "slave" ? some(clean(line.slice("slave:".length), 64)) : undefined };
}

/** The pool, its SRs and this host's PBDs, where the pool answered. */
function poolFacts(
  told: ReadonlyMap<string, Said>,
  pool: XapiPool,
  strange: readonly string[],
): Pick<Xapi, "pool" | "pbds" | "not_understood"> {
  const [pbdSaid, srSaid] = [told.get("pbd"), told.get("sr")];
  const notes = [...strange];
  const rows = (command: string, said: Said | undefined): readonly Fields[] | undefined => {
    if (said?.rc !== 0) {
      notes.push(`(${words(command, said ?? { rc: undefined, body: "" })})`);
      return undefined;
    }
    const { records, strange: more } = recordsOf(said.body);
    notes.push(...more);
    return records;
  };
  const pbdRows = rows("xe pbd-list", pbdSaid);
  const repositories = new Map<string, Fields>();
  for (const row of pbdRows === undefined ? [] : (rows("xe sr-list", srSaid) ?? [])) {
    const uuid = row.get("uuid");
    if (uuid !== undefined && !repositories.has(uuid)) repositories.set(uuid, row);
  }
  const pbds = pbdRows?.flatMap((row) => {
    const pbd = pbdOf(row, repositories);
    if (pbd?.attached === undefined) notes.push([...row].map(([name, value]) => `${name}: ${value}`).join(", "));
    return pbd ?? [];
  });
  return { pool, pbds, not_understood: notes };
}

export function parseXapi({ rc, stdout, truncated }: RawOutput): ParseResult<Xapi> {
  if (rc === RC_ABSENT) return absent("there is no xe: not a host of XenServer or XCP-ng");
  const told = questions(stdout);
  const first = told.get("emergency");
  if (first === undefined) return failed(`xe exited with ${rc}${stdout.trim() === "" ? "" : `: ${clean(firstLine(stdout) ?? "", 200)}`}`);
  const emergency = first.rc === 0 ? yesNo(first.body.trim()) : undefined;
  if (emergency === undefined) {
    const sentence = words("xe host-is-in-emergency-mode", first);
    return silent(first) ? unheard(sentence) : failed(sentence);
  }
  const asked = told.get("pool") ?? { rc: undefined, body: "" };
  const { records, strange } = asked.rc === 0 ? recordsOf(asked.body) : { records: [], strange: [] };
  const pool = poolOf(records[0]);
  const { role, master } = roleOf(told.get("role")?.body);
  const host_is_slave = asked.rc !== 0 && HOST_IS_SLAVE.test(asked.body);
  const refused = pool === undefined ? words("xe pool-list", asked) : undefined;
  // A slave tells nothing of its pool where its master is lost. A master that doesn't has a XAPI that is broken itself.
  if (refused !== undefined && !emergency && !host_is_slave && role !== "slave") return silent(asked) ? unheard(refused) : failed(refused);
  const { not_understood, ...rest } =
    pool === undefined ? { pool, pbds: undefined, not_understood: strange } : poolFacts(told, pool, strange);
  const other = host_is_slave ? namedMaster.exec(asked.body)?.[1] : undefined;
  return parsed({
    role,
    master: other === undefined ? master : clean(other, 64),
    emergency,
    host_is_slave,
    starting: asked.rc !== 0 && STARTING.test(asked.body),
    refused,
    ...rest,
    not_understood: [...(truncated ? [CUT_NOTE] : []), ...not_understood].slice(0, NOT_UNDERSTOOD_MAX),
  });
}

export const xapi: Reading<Xapi> = {
  id: "xapi",
  title: "XAPI: emergency mode, HA of the pool, this host's PBDs",
  source: "xe host-is-in-emergency-mode; xe pool-list|pbd-list|sr-list",
  // The first that isn't answered is the last: all of them want the same master.
  script: `command -v xe >/dev/null || exit ${RC_ABSENT}
ask() { echo "@@ $1"; shift; timeout ${ASK_S} xe "$@" 2>&1; rc=$?; echo "@@ rc $rc"; [ $rc = 0 ] || exit 0; }
echo "@@ role"; head -c 200 /etc/xensource/pool.conf 2>/dev/null; echo
me=$(sed -n "s/^INSTALLATION_UUID='\\([0-9a-f-]*\\)'.*/\\1/p" /etc/xensource-inventory 2>/dev/null)
ask emergency host-is-in-emergency-mode
ask pool pool-list params=uuid,ha-enabled,ha-host-failures-to-tolerate,ha-plan-exists-for,ha-overcommitted
[ -n "$me" ] || { printf '@@ pbd\\n%s\\n@@ rc 1\\n' "no INSTALLATION_UUID in /etc/xensource-inventory"; exit 0; }
ask pbd pbd-list host-uuid="$me" params=uuid,sr-uuid,currently-attached
ask sr sr-list params=uuid,name-label,type,shared
exit 0`,
  cadence_s: 60,
  timeout_s: 4 * ASK_S + 4,
  bytes_max: 131_072,
  refreshed_by: [],
  parse: parseXapi,
};
