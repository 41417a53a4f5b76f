/**
 * Each safety rule that the engine holds, switched off in turn: what is left must be caught by the invariants, or they don't bite. `npm run fuzz --
 * --mutations` prints the table; S11 (hostile input) and S12 (ssh) are held elsewhere: test/state/hostile-hosts.test.ts, test/xen/host/ssh.
 */

import type { PairState } from "../../src/state/state.ts";
import type { JobVerb } from "../../src/xen/host/job-client.ts";
import type { FuzzConsole } from "./console.ts";
import type { Invariant } from "./invariants.ts";
import type { Mutation } from "./run.ts";
import type { Fault, Setting, Story } from "./story.ts";

export interface Bite {
  readonly rule: string;
  readonly mutation: Mutation;
  /** By which of the invariants. */
  readonly caught_by: Invariant;
  /** Stories that it is caught in: at least one of them. */
  readonly stories: readonly Story[];
}

const said = (word: string) => Promise.resolve({ kind: "said", word, rest: "" } as const);

/** The same, said by one who needs none. */
function withoutLeases(verb: JobVerb): JobVerb {
  if (verb[0] === "note") return [verb[0], verb[1], verb[2], verb[3], verb[4]];
  if (verb[0] === "end") return [verb[0], verb[1], verb[2], verb[3]];
  if (verb[0] === "cancel") return [verb[0], verb[1], verb[2], verb[3]];
  if (verb[0] !== "start") return verb;
  const [, plan, driver, step, latest, ...rest] = verb;
  return ["start", plan, driver, step, latest, ...rest.slice(rest.indexOf("--"))];
}

/** Whatever was told at any time counts as told now. */
const agelessly = (state: PairState, now_ms: number): PairState => ({
  ...state,
  hosts: new Map(
    [...state.hosts].map(([id, host]) => {
      const facts = Object.fromEntries(
        Object.entries(host.facts).map(([reading, known]) => [
          reading,
          known.state === "known" ? { ...known, asked_ms: now_ms + 1 } : known,
        ]),
      ) as typeof host.facts;
      return [id, { ...host, facts }];
    }),
  ),
});

/** A host that said anything once is taken to be there for good. */
function trusting(console: FuzzConsole): FuzzConsole {
  return {
    ...console,
    view: () => {
      const view = console.view();
      return {
        ...view,
        hosts: [
          { ...view.hosts[0], reach: "live" },
          { ...view.hosts[1], reach: "live" },
        ],
      };
    },
  };
}

interface Told {
  readonly args?: Readonly<Record<string, string>>;
  readonly setting?: Setting;
  readonly two?: boolean;
  readonly begin_ms?: number;
}
const story = (
  seed: number,
  action: string,
  faults: readonly Fault[] = [],
  { args, setting = "well", two = true, begin_ms }: Told = {},
): Story => ({
  seed,
  two,
  setting,
  request: { action, args: args ?? { guest: "web01" } },
  faults,
  ...(begin_ms === undefined ? {} : { begin_ms }),
});
const fault = (kind: Fault["kind"], when: Fault["when"], host: 0 | 1 = 0): Fault => ({ kind, when, host });
const startOn = (on: string): Told => ({ args: { guest: "web01", on }, setting: "down" });

export const bites: readonly Bite[] = [
  {
    rule: "S1",
    mutation: {
      name: "what runs isn't what was confirmed",
      ports: (ports) => ({
        ...ports,
        call: (host, verb, input) => ports.call(host, verb[0] === "start" ? ([...verb, "--debug"] as JobVerb) : verb, input),
      }),
    },
    caught_by: "only what was confirmed",
    stories: [story(1, "guest pause")],
  },
  {
    rule: "S2",
    mutation: {
      name: "the exit status decides",
      plan: (plan) => ({ ...plan, steps: plan.steps.map((step) => ({ ...step, after: [] })) }),
      judge_by_original: true,
    },
    caught_by: "done is true",
    stories: [1, 2].map((seed) => story(seed, "guest shutdown")),
  },
  {
    rule: "S2",
    mutation: {
      name: "a start whose answer was lost is said again without a look",
      ports: (ports) => ({
        ...ports,
        call: async (host, verb, input) => {
          const answer = await ports.call(host, verb, input);
          if (verb[0] !== "start" || answer.kind === "said") return answer;
          const [start, plan, driver, step, latest, ...rest] = verb;
          return ports.call(host, [start, plan, driver, `${step}-again`, latest, ...rest], input);
        },
      }),
    },
    caught_by: "a step runs once",
    stories: [16, 17, 18, 19, 20, 21].map((call) => story(1, "guest reboot", [fault("answers lost", { call })])),
  },
  {
    rule: "S3",
    mutation: {
      name: "what was checked before the confirmation isn't checked again",
      plan: (plan) => ({ ...plan, relies_on: [], checks: [], trials: [], steps: plan.steps.map((step) => ({ ...step, before: [] })) }),
      again: "confirmed",
    },
    caught_by: "never two running",
    stories: [story(1, "guest start", [fault("outside start", { call: 1 })], startOn("beta"))],
  },
  {
    rule: "S3",
    mutation: {
      name: "facts of any age will do",
      ports: (ports) => ({ ...ports, state: () => agelessly(ports.state(), ports.now_ms()) }),
      again: "confirmed",
    },
    caught_by: "never two running",
    stories: [3, 10, 17].map((call) =>
      story(1, "guest start", [fault("reading hangs", { ms: 0 }), fault("outside start", { call })], startOn("beta")),
    ),
  },
  {
    rule: "S4",
    mutation: {
      name: "a step runs as long as its console does",
      dies_with_console: true,
    },
    caught_by: "a job outlives its console",
    stories: [500, 2_000].map((ms) => story(1, "migrate", [fault("console killed", { job: 1, ms })])),
  },
  {
    rule: "S5",
    mutation: {
      name: "the intent isn't written",
      ports: (ports) => ({
        ...ports,
        call: (host, verb, input) => (verb[0] === "note" && verb[4].includes('"intent"') ? said("noted") : ports.call(host, verb, input)),
      }),
    },
    caught_by: "intent before mutation",
    stories: [story(1, "guest pause")],
  },
  {
    rule: "S5",
    mutation: {
      name: "the journal lies on one host alone",
      ports: (ports) => ({
        ...ports,
        call: (host, verb, input) => (verb[0] === "note" && host === "beta" ? said("noted") : ports.call(host, verb, input)),
      }),
    },
    caught_by: "intent before mutation",
    stories: [story(1, "guest pause")],
  },
  {
    rule: "S6",
    mutation: {
      name: "no leases",
      ports: (ports) => ({
        ...ports,
        call: (host, verb, input) => {
          if (verb[0] === "take") return said("taken");
          if (verb[0] === "drop") return said("dropped");
          return ports.call(host, withoutLeases(verb), input);
        },
      }),
    },
    caught_by: "one plan at a time",
    stories: [1, 4, 7].map((call) => story(1, "migrate", [fault("second operator", { call })])),
  },
  {
    rule: "S6",
    mutation: {
      name: "leases aren't let go",
      ports: (ports) => ({
        ...ports,
        call: (host, verb, input) => (verb[0] === "drop" ? said("dropped") : ports.call(host, verb, input)),
      }),
    },
    caught_by: "no lease left",
    stories: [story(1, "guest pause")],
  },
  {
    rule: "S6",
    mutation: {
      name: "whoever takes over doesn't take the leases",
      ports: (ports) => ({
        ...ports,
        call: (host, verb, input) => (verb[0] === "seize" ? said("taken") : ports.call(host, verb, input)),
      }),
    },
    caught_by: "every plan ends",
    stories: [story(1, "migrate", [fault("console killed", { job: 1, ms: 500 })])],
  },
  {
    rule: "S7",
    mutation: {
      name: "a silent host counts as one where nothing runs",
      plan: (plan) => ({
        ...plan,
        checks: [],
        relies_on: [],
        hosts: plan.hosts.filter((host) => host === "beta"),
        steps: plan.steps.map((step) => ({ ...step, before: [], after: step.after.filter(({ host }) => host === "beta") })),
      }),
      blind: true,
    },
    caught_by: "never two running",
    stories: [story(1, "guest start", [fault("console link cut", { ms: 0 })], { args: { guest: "web01", on: "beta" }, begin_ms: 12_000 })],
  },
  {
    rule: "S7",
    mutation: { name: "a host that said anything once is shown live", console: trusting },
    caught_by: "no fact fresh of a silent host",
    stories: [story(1, "guest pause", [fault("console link cut", { ms: 0 })])],
  },
  {
    rule: "S8",
    mutation: {
      name: "the window for two primaries stays open",
      plan: (plan) => ({ ...plan, steps: plan.steps.filter(({ always }) => !always) }),
    },
    caught_by: "no window left open",
    stories: [story(1, "migrate", [], { two: false })],
  },
  {
    rule: "S8",
    mutation: {
      name: "a guest is moved though its copies have parted",
      plan: (plan) => ({
        ...plan,
        checks: [],
        steps: plan.steps.map((step) => ({
          ...step,
          guards: [],
          before: step.before.filter(({ kind }) => kind !== "drbd"),
          after: step.after.filter(({ kind }) => kind !== "drbd"),
        })),
      }),
      blind: true,
    },
    caught_by: "done is true",
    stories: [story(1, "migrate", [], { setting: "apart" })],
  },
  {
    rule: "S9",
    mutation: { name: "data is given up without a typed word", untyped: true },
    caught_by: "no loss without a typed word",
    stories: [
      story(1, "drbd invalidate", [], { args: { resource: "web01", on: "beta" } }),
      story(1, "drbd repair", [], { args: { resource: "web01", discard: "beta" }, setting: "split" }),
    ],
  },
  {
    rule: "S8",
    mutation: {
      name: "the last path may be taken",
      plan: (plan) => ({ ...plan, checks: [], steps: plan.steps.map((step) => ({ ...step, before: [] })) }),
      blind: true,
    },
    caught_by: "never the last path",
    stories: [
      story(1, "path fail", [fault("path fails", { ms: 0 })], { args: { path: "sdb", on: "alpha" }, setting: "san", begin_ms: 3_000 }),
    ],
  },
  {
    rule: "S10",
    mutation: { name: "nothing is recorded", ports: (ports) => ({ ...ports, record: async () => true }) },
    caught_by: "the audit is true",
    stories: [story(1, "guest pause")],
  },
  {
    rule: "S13",
    mutation: {
      name: "an answer is waited for without end",
      ports: (ports) => ({
        ...ports,
        call: async (host, verb, input) => {
          const answer = await ports.call(host, verb, input);
          return answer.kind === "unknown" ? new Promise(() => undefined) : answer;
        },
      }),
    },
    caught_by: "every plan ends",
    stories: [2, 9].map((call) => story(1, "guest pause", [fault("calls lost", { call })])),
  },
];
