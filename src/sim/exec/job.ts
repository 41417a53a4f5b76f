/** The job program (xen/host/job-source.ts) on a simulated host: the same verbs, words and guarantees, played on the model. */
import type { SimHost } from "../model/host.ts";
import type { SimJob } from "../model/plans.ts";
import type { World } from "../model/world.ts";
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
      tool({ world, host, argv, input: job.input ?? "", say, end, after });
    }
  });
}

type Verb = (at: { readonly world: World; readonly host: SimHost; readonly input: string | undefined }, args: readonly string[]) => string;

const starts = (line: string | undefined, plan: string, driver: string): boolean => line?.startsWith(`${plan} ${driver} `) === true;

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
    play: ({ host: { plans } }, [plan = "", seq = "", text = ""]) => {
      const notes = plans.journal.get(plan) ?? new Map<string, string>();
      plans.journal.set(plan, notes);
      const before = notes.get(seq) ?? plans.old.get(plan)?.get(seq);
      if (before === undefined) notes.set(seq, text);
      return before === undefined || before === text ? "noted" : `conflict ${before}`;
    },
  },
  end: {
    names: 1,
    play: ({ host: { plans } }, [plan = "", text = ""]) => {
      const notes = plans.journal.get(plan);
      if (notes === undefined) return "gone";
      const first = notes.get("000000");
      const kept = notes.get("end") ?? text;
      plans.old.set(plan, new Map([...(plans.old.get(plan) ?? []), ...notes]));
      plans.journal.set(plan, new Map([...(first === undefined ? [] : [["000000", first] as const]), ["end", kept] as const]));
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
    play: ({ host: { plans } }, [plan = ""]) => {
      const notes = plans.journal.get(plan);
      if (notes === undefined) return "gone";
      const lines = new Map([...(plans.old.get(plan) ?? []), ...notes]);
      return ["journal", ...[...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line)].join("\n");
    },
  },
  start: {
    names: 3,
    play: ({ world, host, input }, [plan = "", driver = "", step = "", ...rest]) => {
      const at = rest.indexOf("--");
      for (const key of rest.slice(0, at < 0 ? rest.length : at)) {
        const held = host.plans.leases.get(key);
        if (held === undefined) return `refused there is no lease of ${key}`;
        if (!starts(held, plan, driver)) return `refused the lease of ${key} is another's: ${held}`;
      }
      const argv = at < 0 ? [] : rest.slice(at + 1);
      if (argv.length === 0) return "refused no command";
      if (host.plans.jobs.has(`${plan}/${step}`)) return "exists";
      const job: SimJob = { state: "made", rc: undefined, argv, log: [], ...(input === undefined ? {} : { input }) };
      host.plans.jobs.set(`${plan}/${step}`, job);
      run(world, host, job);
      return "started";
    },
  },
};

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
      const verb = verbs[word];
      const bad = args.slice(0, verb?.names ?? 0).find((name) => !isName(name));
      const said =
        verb === undefined
          ? `refused unknown verb: ${word}`
          : bad === undefined
            ? verb.play({ world, host, input: inputOf(heard) }, args)
            : `refused not a name: ${bad}`;
      if (host.plans.faults.lose_answers > 0) {
        host.plans.faults.lose_answers -= 1;
        output.end(undefined, "HUP");
        return;
      }
      output.out(`XHJ1 ${said}\n`);
      output.end(0);
    },
  };
};
