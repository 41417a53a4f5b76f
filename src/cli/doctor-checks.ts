/** What doctor makes of a host: one line per thing looked at, with the fix. Pure. */

import { CONSOLE_SKEW_MAX_MS, SKEW_MAX_MS } from "../state/diagnose/hosts.ts";
import { evidence } from "../state/freshness.ts";
import type { HostState, PairState } from "../state/state.ts";
import type { Evidence, Freshness } from "../state/view-model.ts";
import { PROBE_VERSION } from "../xen/host/probe-source.ts";
import type { ConnectFailure, ConnectPhase, ConnectStep } from "../xen/host/ssh/steps.ts";
import { newest } from "../xen/model/known.ts";
import { readingIds } from "../xen/read/index.ts";

/** ok: fine. info: worth knowing. warn: works, but better changed. fail: has to be fixed. */
export type DoctorResult = "ok" | "info" | "warn" | "fail";

export interface DoctorLine {
  /** undefined: of both. */
  readonly host: string | undefined;
  /** The ssh hop, where it isn't the host itself. */
  readonly hop: string | undefined;
  readonly check: string;
  readonly result: DoctorResult;
  readonly text: string;
  readonly fix: string | undefined;
}

type Line = Omit<DoctorLine, "host" | "hop"> & { readonly hop?: string };
const ok = (check: string, text: string): Line => ({ check, result: "ok", text, fix: undefined });
const info = (check: string, text: string): Line => ({ check, result: "info", text, fix: undefined });
const warn = (check: string, text: string, fix: string): Line => ({ check, result: "warn", text, fix });
const fail = (check: string, text: string, fix: string): Line => ({ check, result: "fail", text, fix });

/** Without these there is little to see. The others are looked for too, and are normal to be missing. */
const needed: Readonly<Record<string, string>> = {
  xl: "the Xen tools (xen-utils-*, xen-tools); is this a Xen dom0 with the xl toolstack?",
  "xenstore-ls": "xenstore-utils (or the Xen tools)",
  ip: "iproute2",
  head: "coreutils or busybox",
  cksum: "coreutils or busybox",
};

const checkOf: Readonly<Record<ConnectPhase, string>> = {
  config: "settings",
  resolve: "name",
  tcp: "reach",
  proxy: "reach",
  handshake: "handshake",
  host_key: "host key",
  auth: "sign-in",
  channel: "channel",
  shell: "shell",
};

/** The steps of the last attempt of which there is something to tell. */
function lastAttempt(steps: readonly ConnectStep[]): readonly ConnectStep[] {
  const attempts: ConnectStep[][] = [[]];
  for (const step of steps) {
    if (step.kind === "hops") attempts.push([]);
    attempts.at(-1)?.push(step);
  }
  return attempts.findLast((attempt) => attempt.some(({ kind }) => kind === "failed" || kind === "shell")) ?? attempts.at(-1) ?? [];
}

const failureLine = ({ hop, phase, reason, advice }: ConnectFailure): Line => ({ ...fail(checkOf[phase], reason, advice), hop });

function stepLine(step: ConnectStep): Line[] {
  switch (step.kind) {
    case "hops": {
      const from = step.source === "ssh -G" ? "as ssh -G tells them" : "read from the files, since there is no ssh program here";
      return [ok("settings", `${from}; the way: ${step.hops.join(", ")}`)];
    }
    case "connected":
      return [{ ...ok("reach", `${step.way}, ${Math.round(step.took_ms)} ms`), hop: step.hop }];
    case "host_key": {
      const where = step.how === "known" ? `known (${step.file}:${step.line ?? "?"})` : `accepted just now (${step.file})`;
      return [{ ...ok("host key", `${step.key_type} ${step.fingerprint}, ${where}`), hop: step.hop }];
    }
    case "authenticated":
      return [{ ...ok("sign-in", `${step.user} by ${step.method}`), hop: step.hop }];
    case "note":
      return [{ ...warn("ssh", step.text, step.fix), hop: step.hop }];
    case "failed":
      return [failureLine(step.failure)];
    case "connecting":
    case "asking":
    case "asked":
    case "shell":
      return [];
  }
}

/** How far the link came, where its steps don't end in a failure already told. */
function linkLines({ link, hello }: HostState, steps: readonly ConnectStep[], waited_s: number): Line[] {
  if (steps.some(({ kind }) => kind === "failed")) return [];
  const late = `time was up after ${waited_s} s`;
  const longer = "give it longer with --timeout, or see why it is slow";
  switch (link.phase) {
    case "unreachable":
      return [{ ...fail("reach", link.reason, "see the reason"), hop: link.hop }];
    case "refused":
      return [{ ...fail("reach", link.reason, link.advice), hop: link.hop }];
    case "needs_auth":
      return [{ ...fail("sign-in", `it asks: ${link.what}`, "use a key in ssh-agent, or answer once with ssh"), hop: link.hop }];
    case "idle":
    case "connecting":
      return [{ ...fail("reach", `${late} while connecting`, longer), hop: link.phase === "connecting" ? link.hop : "" }];
    case "live": {
      const shell = steps.findLast((step) => step.kind === "shell");
      return hello === undefined ? [fail("shell", late, longer)] : [ok("shell", `${shell?.command ?? "the probe"} runs`)];
    }
  }
}

function helloLines(hello: ReadonlyMap<string, string>): Line[] {
  const uid = hello.get("uid");
  const root =
    uid === "0"
      ? ok("root", "the probe runs as root")
      : fail(
          "root",
          `the probe runs with uid ${uid ?? "unknown"}; xl and xenstore are root's`,
          'log in as root, or set sudo = "auto" and allow sudo -n',
        );
  const version = hello.get("probe");
  const probe =
    version === String(PROBE_VERSION)
      ? ok("probe", `version ${version} on ${hello.get("kernel") ?? "an unknown kernel"}`)
      : warn(
          "probe",
          `version ${version ?? "unknown"}, this console's is ${PROBE_VERSION}`,
          "install the present one: xenha-tui debug probe",
        );
  const tools = [...hello].flatMap(([key, value]) => (key.startsWith("tool.") ? [{ name: key.slice(5), present: value === "1" }] : []));
  const missing = tools.filter(({ name, present }) => !present && needed[name] !== undefined);
  const other = tools.filter(({ name, present }) => !present && needed[name] === undefined).map(({ name }) => name);
  return [
    root,
    probe,
    ...missing.map(({ name }) => fail("tools", `${name} is not installed`, `install ${needed[name] ?? name}`)),
    ok("tools", tools.flatMap(({ name, present }) => (present ? [name] : [])).join(", ") || "none"),
    ...(other.length === 0 ? [] : [info("tools", `not installed, which is fine where it isn't used: ${other.join(", ")}`)]),
  ];
}

const needsRoot = /must be root|permission denied|operation not permitted|xencall|privcmd|cannot open libxc/i;

function readingLine({ reading, source, freshness, note }: Evidence): Line | undefined {
  if (freshness === "failed") {
    const fix = needsRoot.test(note ?? "") ? "the probe must run as root" : `run \`${source}\` on the host and see what it says`;
    return fail("readings", `${reading}: ${note ?? "it failed"}`, fix);
  }
  if (freshness !== "hung") return undefined;
  const fix = "its time limit can't end it: look for processes in state D and at the storage or network it waits for";
  return fail("readings", `${reading}: ${source}: ${note ?? "it hangs"}`, fix);
}

function readingLines(host: HostState, now_ms: number, waited_s: number): Line[] {
  const all = readingIds.map((id) => evidence(host, id, now_ms));
  const named = (...wanted: readonly Freshness[]) =>
    all.filter(({ freshness }) => wanted.includes(freshness)).map(({ reading }) => reading);
  const [absent, never, told] = [named("absent"), named("never"), named("fresh", "stale", "absent")];
  const other_probe = host.hello?.get("probe") !== String(PROBE_VERSION);
  const late = other_probe
    ? "the probe there may not know them: install the present one"
    : "a slow host or link: give it longer with --timeout";
  return [
    ...all.flatMap((one) => readingLine(one) ?? []),
    ...(never.length === 0 ? [] : [warn("readings", `not told within ${waited_s} s: ${never.join(", ")}`, late)]),
    ok("readings", `${told.length} of ${all.length} told`),
    ...(absent.length === 0 ? [] : [info("readings", `this host doesn't have: ${absent.join(", ")}`)]),
  ];
}

const seconds = (ms: number): string => `${(Math.abs(ms) / 1000).toFixed(1)} s`;

function clockLine(skew_ms: number | undefined): Line {
  if (skew_ms === undefined) return info("clock", "the host can't tell its time");
  const text = `${seconds(skew_ms)} ${skew_ms >= 0 ? "ahead of" : "behind"} this machine's`;
  if (Math.abs(skew_ms) <= CONSOLE_SKEW_MAX_MS) return ok("clock", text);
  return warn("clock", text, "synchronise both with NTP (chrony, systemd-timesyncd): logs can't be put in order otherwise");
}

function drbdLine({ facts }: HostState): Line[] {
  const proc = facts["drbd-proc"];
  if (proc.state === "absent") return [info("drbd", proc.why)];
  const version = newest(proc)?.version;
  return version === undefined ? [] : [ok("drbd", `version ${version}`)];
}

/** @param steps of every attempt; empty where the link has none to tell (a simulated pair). */
export function hostLines(request: { host: HostState; steps: readonly ConnectStep[]; now_ms: number; waited_s: number }): DoctorLine[] {
  const { host, now_ms, waited_s } = request;
  const steps = lastAttempt(request.steps);
  const lines = [...steps.flatMap(stepLine), ...linkLines(host, steps, waited_s)];
  if (host.link.phase === "live" && host.hello !== undefined)
    lines.push(...helloLines(host.hello), ...readingLines(host, now_ms, waited_s), clockLine(host.beat?.skew_ms), ...drbdLine(host));
  return lines.map(({ hop, ...line }) => ({
    host: host.id,
    hop: hop === undefined || hop === "" || hop === host.id ? undefined : hop,
    ...line,
  }));
}

/** What only both together can show. */
export function pairLines({ order, hosts }: PairState): DoctorLine[] {
  const [first, second] = order.map((id) => hosts.get(id));
  if (first?.hello === undefined || second?.hello === undefined) return [];
  const lines: Line[] = [];
  const boots = [first.hello.get("boot_id"), second.hello.get("boot_id")];
  if (boots[0] !== undefined && boots[0] === boots[1])
    lines.push(fail("pair", `${first.id} and ${second.id} are the same machine`, "name two different hosts"));
  const skews = [first.beat?.skew_ms, second.beat?.skew_ms];
  if (skews[0] !== undefined && skews[1] !== undefined) {
    const apart_ms = skews[0] - skews[1];
    const text = `the hosts' clocks are ${seconds(apart_ms)} apart`;
    lines.push(
      Math.abs(apart_ms) <= SKEW_MAX_MS ? ok("clock", text) : warn("clock", text, "synchronise both with NTP (chrony, systemd-timesyncd)"),
    );
  }
  const versions = [first, second].map(({ facts }) => newest(facts["drbd-proc"])?.version);
  if (versions[0] !== undefined && versions[1] !== undefined)
    lines.push(
      versions[0] === versions[1]
        ? ok("drbd", `both run version ${versions[0]}`)
        : warn(
            "drbd",
            `${first.id} runs ${versions[0]}, ${second.id} runs ${versions[1]}`,
            "run the same version on both, but for the time of an upgrade",
          ),
    );
  return lines.map(({ hop: _hop, ...line }) => ({ host: undefined, hop: undefined, ...line }));
}
