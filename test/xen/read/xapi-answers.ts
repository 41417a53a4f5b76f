/** What the script of `xapi` prints, written by the format of xe (cli_printer.ml of xapi-project/xen-api); nothing here was recorded. */

export const ASLEEP = "Cannot perform operation as the host is running in emergency mode.";

interface Pool {
  readonly enabled?: string;
  readonly target?: string;
  readonly plan?: string;
  readonly over?: string;
}

/** A record's first name stands at the left, the others at the right of a column four wider than the widest. */
function record(fields: readonly (readonly [string, string])[]): string {
  const width = 4 + Math.max(...fields.map(([name]) => name.length));
  const lines = fields.map(([name, value], at) => `${at === 0 ? name.padEnd(width) : name.padStart(width)}: ${value}`);
  return `${lines.join("\n")}\n\n\n`;
}

export const pool = ({ enabled = "true", target = "1", plan = "1", over = "false" }: Pool = {}): string =>
  record([
    ["uuid ( RO)", "1b6ee6f3-6c3b-4f2d-8c39-8f1d1f2ad001"],
    ["ha-enabled ( RO)", enabled],
    ["ha-host-failures-to-tolerate ( RW)", target],
    ["ha-plan-exists-for ( RO)", plan],
    ["ha-overcommitted ( RO)", over],
  ]);

const pbd = (uuid: string, sr: string, attached: string): string =>
  record([
    ["uuid ( RO)", uuid],
    ["sr-uuid ( RO)", sr],
    ["currently-attached ( RO)", attached],
  ]);
const repository = (uuid: string, name: string, type: string, shared: string): string =>
  record([
    ["uuid ( RO)", uuid],
    ["name-label ( RW)", name],
    ["type ( RO)", type],
    ["shared ( RW)", shared],
  ]);

const gold = "d5f990f6-abca-0ebf-8582-b7e55901fb50";
const local = "b233727a-ca4b-f244-8ee4-6573e6926138";

interface Healthy {
  readonly role?: string;
  readonly pool?: string;
  /** Of the shared SR. */
  readonly attached?: string;
  readonly local_attached?: string;
  readonly sr_name?: string;
  readonly sr_type?: string;
}

/** A host whose pool answers. */
export const xapiAnswer = (given: Healthy = {}): string =>
  [
    `@@ role\n${given.role ?? "master"}\n\n@@ emergency\nfalse\n@@ rc 0\n`,
    `@@ pool\n${given.pool ?? pool()}@@ rc 0\n`,
    `@@ pbd\n${pbd("06d10e9e-c7ad-2ed6-a901-53ac1c2c7486", gold, given.attached ?? "true")}`,
    `${pbd("c6efe80b-8b47-b24b-f70e-143b24cd4257", local, given.local_attached ?? "true")}@@ rc 0\n`,
    `@@ sr\n${repository(gold, given.sr_name ?? "san: gold", given.sr_type ?? "lvmoiscsi", "true")}`,
    `${repository(local, "Local storage", "ext", "false")}@@ rc 0\n`,
  ].join("");

/** A member whose pool doesn't answer. */
export const slaveOf = (
  master: string,
  { emergency = "false", pool: said, rc }: { emergency?: string; pool: string; rc: number },
): string => `@@ role\nslave:${master}\n\n@@ emergency\n${emergency}\n@@ rc 0\n@@ pool\n${said === "" ? "" : `${said}\n`}@@ rc ${rc}\n`;
