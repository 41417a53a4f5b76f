/**
 * How far a live migration is, from what `xl migrate` prints: sender's and target's lines on one standard error, mixed as they come (recordings
 * migrate, migratecut, migratefail). xl hides libxl's progress unless it is built or told otherwise, so that lines of iterations may all be missing
 * (xl_migrate.c: XTL_STDIOSTREAM_HIDE_PROGRESS); its phases always show.
 */

export interface MigrateLog {
  /**
   * `connecting`: nothing came of the target yet. `copying`: the guest runs at the source. `stopped`: all of its memory is there; it stands still
   * while the target attaches disks and interfaces. `handover`: the target asks to start it. `starting`: it may: the point of no return.
   * `cleaning`: it runs at the target. `failed`: as xl says; what is so the hosts tell.
   */
  readonly phase: "connecting" | "copying" | "stopped" | "handover" | "starting" | "cleaning" | "done" | "failed";
  /** The newest line that told of it, as printed. */
  readonly line: string | undefined;
  /** Of the pre-copy, from 0 on; undefined: not printed. */
  readonly iteration: number | undefined;
  readonly percent: number | undefined;
  /** Pages of each iteration seen, oldest first. */
  readonly iterations: readonly { readonly iteration: number; readonly pages: number }[];
}

type Phase = MigrateLog["phase"];

/** What a line says the phase is; the last one counts. Source: tools/xl/xl_migrate.c of 4.17, and the recordings. */
const phases: readonly (readonly [RegExp, Phase])[] = [
  [/^migration target: Ready to receive domain/, "copying"],
  [/^Saving to migration stream|^xc: (?:info: Saving domain|progress: )/, "copying"],
  [/^xc: info: Restore successful/, "stopped"],
  [/^migration sender: Target has acknowledged transfer|^migration target: Transfer complete/, "handover"],
  [/^migration sender: Giving target permission to start|^migration target: Got permission/, "starting"],
  [/^migration target: Domain started success|^migration sender: Target reports successful startup/, "cleaning"],
  [/^Migration successful\./, "done"],
  [
    /^Migration failed|^\*\* Migration failed|failed to suspend at sender|unexpected data instead of banner|^migration sender: Target reports startup failure|^migration target: Domain creation failed|^xc: error: Restore failed|^ssh: (?:connect|Could)/,
    "failed",
  ],
];

const PROGRESS = /^xc: progress: .*\biteration (\d{1,4}): \d+\/(\d+)\s+(\d{1,3})%/;
/** Iterations kept; xl makes five at most. */
const ITERATIONS_MAX = 32;

/** Total: any lines, also the newest few of a longer log. */
export function parseMigrateLog(lines: readonly string[]): MigrateLog {
  let phase: Phase = "connecting";
  let line: string | undefined;
  let percent: number | undefined;
  const pages = new Map<number, number>();
  for (const each of lines) {
    const [, iteration, all, done] = PROGRESS.exec(each) ?? [];
    if (iteration !== undefined) {
      percent = Math.min(100, Number(done));
      if (pages.size < ITERATIONS_MAX || pages.has(Number(iteration))) pages.set(Number(iteration), Number(all));
    }
    const told = phases.find(([pattern]) => pattern.test(each));
    if (told === undefined) continue;
    [, phase] = told;
    line = each;
  }
  const iterations = [...pages].map(([iteration, of]) => ({ iteration, pages: of })).sort((a, b) => a.iteration - b.iteration);
  return { phase, line, iteration: iterations.at(-1)?.iteration, percent, iterations };
}

const order: readonly Phase[] = ["connecting", "copying", "stopped", "handover", "starting", "cleaning", "done"];

/** How far it had come, whatever came of it then. */
export function furthestPhase(lines: readonly string[]): Exclude<Phase, "failed"> {
  const told = lines.flatMap((each) => phases.find(([pattern]) => pattern.test(each))?.[1] ?? []);
  return order[Math.max(0, ...told.map((phase) => order.indexOf(phase)))] as Exclude<Phase, "failed">;
}

/** An iteration of at least this share of the one before it doesn't converge: the guest writes about as fast as it is copied. */
const SHRINKS_TO = 0.8;
/** So few pages are no matter (xl stops below 50 as well). */
const PAGES_FEW = 1000;

/** Why its last stop will be long, in one phrase; undefined: nothing says so. */
export function notConverging({ iterations }: MigrateLog): string | undefined {
  const last = iterations.at(-1);
  const before = iterations.at(-2);
  if (last === undefined || before === undefined || last.iteration < 2 || last.iteration !== before.iteration + 1) return undefined;
  if (last.pages < PAGES_FEW || last.pages < SHRINKS_TO * before.pages) return undefined;
  const share = Math.round((100 * last.pages) / Math.max(1, before.pages));
  return `iteration ${last.iteration} has ${share} % of the pages of the one before: the guest writes about as fast as it is copied, and will stand still longer`;
}
