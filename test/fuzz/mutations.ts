/** Each safety rule switched off in turn: what is left must be caught by the invariants, or they don't bite. */
import type { JobVerb } from "../../src/xen/host/job-client.ts";
import type { Fault, Mutation, Story } from "./run.ts";

export interface Bite {
  readonly mutation: Mutation;
  /** Stories that it is caught in: at least one of them. */
  readonly stories: readonly Story[];
}

/** The same, said by one who needs none. */
function withoutLeases(verb: JobVerb): JobVerb {
  if (verb[0] === "note") return [verb[0], verb[1], verb[2], verb[3], verb[4]];
  if (verb[0] === "end") return [verb[0], verb[1], verb[2], verb[3]];
  if (verb[0] === "cancel") return [verb[0], verb[1], verb[2], verb[3]];
  if (verb[0] !== "start") return verb;
  const [, plan, driver, step, latest, ...rest] = verb;
  return ["start", plan, driver, step, latest, ...rest.slice(rest.indexOf("--"))];
}

const fault = (kind: Fault["kind"], at_ms: number, host: 0 | 1): Fault => ({ kind, at_ms, host });
const story = (seed: number, action: string, faults: readonly Fault[], args: Story["request"]["args"] = { guest: "web01" }): Story => ({
  seed,
  two: true,
  request: { action, args },
  faults,
  begin_ms: action === "guest start" ? 12_000 : 0,
});
const seeds = [1, 2, 3, 4, 5, 6, 7, 8] as const;

export const bites: readonly Bite[] = [
  {
    mutation: {
      name: "S5: the intent isn't written",
      ports: (ports) => ({
        ...ports,
        call: (host, verb) =>
          verb[0] === "note" && verb[4].includes('"intent"')
            ? Promise.resolve({ kind: "said", word: "noted", rest: "" })
            : ports.call(host, verb),
      }),
    },
    stories: [story(1, "guest pause", [])],
  },
  {
    mutation: {
      name: "S2: the exit status decides",
      plan: (plan) => ({ ...plan, steps: plan.steps.map((step) => ({ ...step, after: [] })) }),
      judge_by_original: true,
    },
    stories: seeds.map((seed) => story(seed, "guest shutdown", [])),
  },
  {
    mutation: {
      name: "S4: a step is started again under another name",
      ports: (ports) => ({
        ...ports,
        call: async (host, verb) => {
          const answer = await ports.call(host, verb);
          if (verb[0] !== "start" || answer.kind === "said") return answer;
          const [start, plan, driver, step, latest, ...rest] = verb;
          return ports.call(host, [start, plan, driver, `${step}-again`, latest, ...rest]);
        },
      }),
    },
    stories: seeds.map((seed) => story(seed, "guest reboot", [fault("answers lost", 1_500 + seed * 300, 0)])),
  },
  {
    mutation: {
      name: "S6: no leases",
      ports: (ports) => ({
        ...ports,
        call: (host, verb) => {
          if (verb[0] === "take") return Promise.resolve({ kind: "said", word: "taken", rest: "" });
          if (verb[0] === "drop") return Promise.resolve({ kind: "said", word: "dropped", rest: "" });
          return ports.call(host, withoutLeases(verb));
        },
      }),
    },
    stories: seeds.map((seed) => ({ ...story(seed, "migrate", [fault("second operator", 0, 0)]), begin_ms: 7_000 + seed * 250 })),
  },
  {
    mutation: {
      name: "S3, S7: a guest is started though the other host is silent",
      plan: (plan) => ({
        ...plan,
        checks: [],
        relies_on: [],
        hosts: plan.hosts.filter((host) => host === "beta"),
        steps: plan.steps.map((step) => ({ ...step, before: [], after: step.after.filter(({ host }) => host === "beta") })),
      }),
      blind: true,
    },
    stories: seeds.map((seed) => story(seed, "guest start", [fault("console link cut", 0, 0)], { guest: "web01", on: "beta" })),
  },
  {
    mutation: {
      name: "S6: leases aren't let go",
      ports: (ports) => ({
        ...ports,
        call: (host, verb) => (verb[0] === "drop" ? Promise.resolve({ kind: "said", word: "dropped", rest: "" }) : ports.call(host, verb)),
      }),
    },
    stories: [story(1, "guest pause", [])],
  },
];
