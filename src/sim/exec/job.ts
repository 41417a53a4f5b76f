/** The job program (xen/host/job-source.ts) on a simulated host: the same verbs, words and guarantees, played on the model. */
import type { SimHost } from "../model/host.ts";
import type { SimJob } from "../model/plans.ts";
import { hostUptime, type World } from "../model/world.ts";
import { tools } from "../tools/index.ts";
import { ended, type SimCommand } from "./program.ts";
import { shellWords } from "./words.ts";

const LOG_LINES_MAX = 4000;
/** A job's process comes up a moment after it was asked for. */
const UP_MS = 60;

/** When a job is killed that a drill wants killed half-way. */
const KILLED_AFTER_MS = 1_500;

const isName = (text: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(text);

/** Runs `argv` as a job of its own; what its host's death ends, ends here. */
function run(world: World, host: SimHost, job: SimJob): void {
  const { plans } = host;
  const lives = (): boolean => host.plans === plans && job.state !== "gone";
  const after = (delay_ms: number, task: () => void): void => {
    const later = (): void => {
      if (!lives()) return;
      // A frozen host's processes go on where they stood.
      if (host.frozen) world.scheduler.after(delay_ms, later);
      else task();
    };
    world.scheduler.after(delay_ms, later);
  };
  after(UP_MS, () => {
    // Whoever was first: its process, or who said that it mustn't.
    if (job.state !== "made") return;
    job.state = "running";
    const fault = plans.faults.next;
    plans.faults.next = undefined;
    if (fault === "fail") {
      job.log.push("xenha-job: it failed at once (a drill)");
      Object.assign(job, { state: "ended", rc: 1 });
      return;
    }
    if (fault === "hang") {
      job.hangs = true;
      return;
    }
    if (fault === "kill") after(KILLED_AFTER_MS, () => Object.assign(job, job.state === "running" ? { state: "gone" } : {}));
    const [file = "", ...argv] = job.argv;
    const tool = tools[file.replace(/^.*\//, "")];
    const say = (line: string): void => {
      if (lives() && job.log.length < LOG_LINES_MAX) job.log.push(line);
    };
    const end = (rc: number): void => {
      if (lives()) Object.assign(job, { state: "ended", rc });
    };
    if (tool === undefined) {
      say(`xenha-job: ${file}: not found`);
      end(127);
    } else {
      for (const listener of world.job_listeners) listener({ host: host.ix, argv: job.argv });
      tool({ world, host, argv, input: job.input ?? "", lives, say, end, after });
    }
  });
}

interface At {
  readonly world: World;
  readonly host: SimHost;
  readonly input: string | undefined;
}
type Verb = (at: At, args: readonly string[]) => string;

const starts = (line: string | undefined, plan: string, driver: string): boolean => line?.startsWith(`${plan} ${driver} `) === true;

/** Why this driver may not: it hasn't all of these leases. */
function lacks({ host: { plans } }: At, plan: string, driver: string, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const held = plans.leases.get(key);
    if (held === undefined) return `unleased ${key}`;
    if (!starts(held, plan, driver)) return `lost ${key} ${held}`;
  }
  return undefined;
}

/** The host's syslog keeps this many lines of ours. */
const SYSLOG_MAX = 2_000;
function audit({ host: { plans } }: At, line: string): void {
  plans.syslog.push(line);
  if (plans.syslog.length > SYSLOG_MAX) plans.syslog.shift();
}

const linesOf = ({ host: { plans } }: At, plan: string): ReadonlyMap<string, string> =>
  new Map([...(plans.old.get(plan) ?? []), ...(plans.journal.get(plan) ?? [])]);

const verbs: Readonly<Record<string, { readonly names: number; readonly play: Verb }>> = {
  take: {
    names: 3,
    play: ({ host: { plans } }, [key = "", plan = "", driver = "", text = ""]) => {
      const held = plans.leases.get(key);
      if (held === undefined) plans.leases.set(key, `${plan} ${driver} ${text}`);
      return held === undefined || starts(held, plan, driver) ? "taken" : `held ${held}`;
    },
  },
  seize: {
    names: 4,
    play: ({ host: { plans } }, [key = "", plan = "", driver = "", next = "", text = ""]) => {
      const held = plans.leases.get(key);
      if (held === undefined) return "gone";
      if (starts(held, plan, next)) return "taken";
      if (!starts(held, plan, driver)) return `held ${held}`;
      plans.leases.set(key, `${plan} ${next} ${text}`);
      return "taken";
    },
  },
  drop: {
    names: 3,
    play: ({ host: { plans } }, [key = "", plan = "", driver = ""]) => {
      const held = plans.leases.get(key);
      if (held === undefined) return "gone";
      if (!starts(held, plan, driver)) return `held ${held}`;
      plans.leases.delete(key);
      return "dropped";
    },
  },
  note: {
    names: 2,
    play: (at, [plan = "", driver = "", seq = "", text = "", ...keys]) => {
      const { plans } = at.host;
      const end = plans.journal.get(plan)?.get("end");
      if (end !== undefined) return `ended ${end}`;
      const lack = lacks(at, plan, driver, keys);
      if (lack !== undefined) return lack;
      if (!/^\d{6}(-more)?$/.test(seq)) return `refused not a number: ${seq}`;
      const notes = plans.journal.get(plan) ?? new Map<string, string>();
      const previous = String(Number(seq.slice(0, 6)) - 1).padStart(6, "0");
      if (seq !== "000000" && !notes.has(previous) && !notes.has(`${previous}-more`)) return "gap";
      plans.journal.set(plan, notes);
      const before = notes.get(seq);
      if (before === undefined) {
        notes.set(seq, text);
        if (!seq.endsWith("-more")) audit(at, `${plan} ${seq} ${text}`);
      }
      return before === undefined || before === text ? "noted" : `conflict ${before}`;
    },
  },
  end: {
    names: 1,
    play: (at, [plan = "", driver = "", text = "", ...keys]) => {
      const { plans } = at.host;
      const notes = plans.journal.get(plan);
      if (notes === undefined) return "gone";
      const before = notes.get("end");
      if (before !== undefined) return before === text ? "noted" : `ended ${before}`;
      const lack = lacks(at, plan, driver, keys);
      if (lack !== undefined) return lack;
      const first = notes.get("000000");
      plans.old.set(plan, new Map(notes));
      plans.journal.set(plan, new Map([...(first === undefined ? [] : [["000000", first] as const]), ["end", text] as const]));
      audit(at, `${plan} end ${text}`);
      return "noted";
    },
  },
  log: {
    names: 2,
    play: ({ host: { plans } }, [plan = "", step = ""]) => {
      const job = plans.jobs.get(`${plan}/${step}`);
      return job === undefined ? "gone" : ["log", ...job.log].join("\n");
    },
  },
  journal: {
    names: 1,
    play: (at, [plan = ""]) => {
      if (!at.host.plans.journal.has(plan)) return "gone";
      const lines = [...linesOf(at, plan)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([seq, line]) => `${seq} ${line}`);
      return ["journal", ...lines, "XHJ1 whole"].join("\n");
    },
  },
  cancel: {
    names: 3,
    play: (at, [plan = "", driver = "", step = "", ...keys]) => {
      const lack = lacks(at, plan, driver, keys);
      if (lack !== undefined) return lack;
      const { jobs } = at.host.plans;
      const job = jobs.get(`${plan}/${step}`);
      if (job === undefined) jobs.set(`${plan}/${step}`, { state: "cancelled", rc: undefined, argv: [], log: [] });
      else if (job.state === "made") job.state = "cancelled";
      return job === undefined || job.state === "cancelled" ? "cancelled" : "started";
    },
  },
  start: {
    names: 3,
    play: (at, [plan = "", driver = "", step = "", latest = "", ...rest]) => {
      const { world, host, input } = at;
      const up_s = Math.floor(hostUptime(world, host));
      if (/^\d+$/.test(latest) && up_s > Number(latest)) return `late ${up_s}`;
      const dashes = rest.indexOf("--");
      const lack = lacks(at, plan, driver, rest.slice(0, dashes < 0 ? rest.length : dashes));
      if (lack !== undefined) return lack;
      const argv = dashes < 0 ? [] : rest.slice(dashes + 1);
      if (argv.length === 0) return "refused no command";
      if (host.plans.jobs.has(`${plan}/${step}`)) return "exists";
      audit(at, `${plan} ${step} start ${argv.join(" ")}`);
      const job: SimJob = { state: "made", rc: undefined, argv, log: [], ...(input === undefined ? {} : { input }) };
      host.plans.jobs.set(`${plan}/${step}`, job);
      run(world, host, job);
      return "started";
    },
  },
};

const writing: ReadonlySet<string> = new Set(["take", "seize", "drop", "note", "end", "start", "cancel"]);

/** What stands before the program's text for the command to read: one quoted word. */
function inputOf(heard: string): string | undefined {
  const word = /^XENHA_INPUT=('(?:[^']|'\\'')*')\n/.exec(heard)?.[1];
  return word === undefined ? undefined : shellWords(word)[0];
}

/** `/bin/sh -s -- VERB WORDS...`, once its program has come over stdin. */
export const jobProgram: SimCommand = ({ world, host, argv, output }) => {
  if (argv[0] !== "/bin/sh" || argv[1] !== "-s" || argv[2] !== "--") return undefined;
  const [, , , word = "", ...args] = argv;
  const decoder = new TextDecoder();
  let heard = "";
  return {
    ...ended,
    hear: (data) => {
      heard += decoder.decode(data, { stream: true });
    },
    eof: () => {
      const { faults } = host.plans;
      if (faults.lose_calls > 0) {
        faults.lose_calls -= 1;
        output.end(undefined, "HUP");
        return;
      }
      const verb = verbs[word];
      const bad = args.slice(0, verb?.names ?? 0).find((name) => !isName(name));
      const said =
        verb === undefined
          ? `refused unknown verb: ${word}`
          : bad === undefined
            ? faults.full && writing.has(word)
              ? "failed /run/xenha can't be written"
              : verb.play({ world, host, input: inputOf(heard) }, args)
            : `refused not a name: ${bad}`;
      if (faults.lose_answers > 0) {
        faults.lose_answers -= 1;
        output.end(undefined, "HUP");
        return;
      }
      output.out(`XHJ1 ${said}\n`);
      output.end(0);
    },
  };
};
