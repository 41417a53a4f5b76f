/** Each safety rule switched off in turn: what is left must be caught by the invariants, or they don't bite. */
import type { Fault, Mutation, Story } from "./run.ts";

export interface Bite {
  readonly mutation: Mutation;
  /** Stories that it is caught in: at least one of them. */
  readonly stories: readonly Story[];
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
          verb[0] === "note" && verb[3].includes('"intent"')
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
      ports: (ports) => {
        let tries = 0;
        return {
          ...ports,
          call: async (host, verb) => {
            if (verb[0] !== "start") return ports.call(host, verb);
            tries += 1;
            const [start, plan, driver, step, ...rest] = verb;
            const again = tries === 1 ? step : `${step}-${tries}`;
            return ports.call(host, [start, plan, driver, again, ...rest]);
          },
        };
      },
    },
    stories: seeds.map((seed) => story(seed, "guest reboot", [fault("answers lost", 1_500 + seed * 300, 0)])),
  },
  {
    mutation: {
      name: "S6: no leases",
      plan: (plan) => ({ ...plan, keys: [] }),
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
