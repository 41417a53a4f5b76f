import type { JobFact, JournalFact, LeaseFact, PlanFacts } from "../model/plan-facts.ts";
import { clean, redact } from "./clean.ts";
import { parsed, type Reading } from "./reading.ts";

/** Newest lines of a running or just ended job that travel with the reading. */
export const TAIL_LINES = 24;
const LINE_MAX = 400;
/** Lines kept that weren't understood. */
const STRANGE_MAX = 20;
/** A plan's own lines: JSON of ours, but written on a host. */
const TEXT_MAX = 64 * 1024;
const NUMBER = "[0-9][0-9][0-9][0-9][0-9][0-9]";

/**
 * Costs a dom0 without plans nothing but a look; with some, one grep, and one tail for each job of a plan that isn't over. Of a plan that is over
 * only a job that goes on all the same is told.
 */
const script = `(cd "\${XENHA_KEEP:-/var/lib/xenha}" 2>/dev/null && grep -sH '' kept/*)
cd "\${XENHA_DIR:-/run/xenha}" 2>/dev/null || exit 0
for k in leases/*; do
  there= line=free
  for try in 1 2 3; do
    for f in "$k"/${NUMBER}; do :; done
    case $f in *'${NUMBER}') break;; esac
    there=1
    # Gone in this very moment: there is a newer one.
    IFS= read -r line 2>/dev/null <"$f" && there= && break
  done
  [ -z "$there" ] || line=
  [ "$line" = free ] || printf '%s:%s\\n' "$k" "$line"
done
grep -sH '' journal/*/${NUMBER} journal/*/end
for j in jobs/*/*; do
  [ -d "$j" ] || continue
  plan=\${j#jobs/} over=
  [ ! -f "journal/\${plan%/*}/end" ] || over=1
  [ -z "$over" ] || [ ! -f "$j/rc" ] || continue
  state=made rc=-
  if [ -f "$j/rc" ]; then
    state=ended; IFS= read -r rc <"$j/rc" || rc=-
  elif [ -f "$j/pid" ]; then
    state=gone pid= started= session=
    read -r pid started session <"$j/pid" || :
    # What isn't understood may well run.
    case $pid$started$session in cancelled) state=cancelled;; ''|*[!0-9]*) state=running;; esac
    session=\${session:-$pid}
    for s in "/proc/$pid/stat" /proc/[0-9]*/stat; do
      [ $state = gone ] || break
      [ -z "$over" ] || [ "$s" = "/proc/$pid/stat" ] || break
      read -r all 2>/dev/null <"$s" || continue
      set -f
      set -- \${all##*) }
      set +f
      # The job itself, or something of its session that outlived it.
      [ "$s" = "/proc/$pid/stat" ] && [ "\${20}" != "$started" ] && continue
      [ "$s" != "/proc/$pid/stat" ] && [ "$4" != "$session" ] && continue
      state=running
    done
    # It may have ended meanwhile.
    [ -f "$j/rc" ] && { state=ended; IFS= read -r rc <"$j/rc" || rc=-; }
  fi
  [ -z "$over" ] || [ $state = running ] || continue
  printf '%s:%s %s\\n' "$j" "$state" "$rc"
  [ ! -s "$j/log" ] || tail -n ${TAIL_LINES} "$j/log" | cut -c1-${LINE_MAX} | sed 's/^/| /'
done
exit 0`;

const number = (text: string): number | undefined => (/^\d{1,3}$/.test(text) ? Number(text) : undefined);
const states: readonly JobFact["state"][] = ["made", "running", "ended", "gone", "cancelled"];
/** `leases/KEY:`, `journal/PLAN/SEQ:`, `jobs/PLAN/STEP:`, `kept/NAME:`; no name of ours has a colon in it. */
const place = /^(leases|journal|jobs|kept)\/([\w.-]{1,100})(?:\/([\w.-]{1,100}))?:(.*)$/;

interface Taken {
  readonly leases: LeaseFact[];
  readonly jobs: (JobFact & { tail: string[] })[];
  readonly journal: JournalFact[];
  readonly kept: { readonly name: string; readonly text: string }[];
}

/** Understands one line, or says false. */
function take(line: string, facts: Taken): boolean {
  if (line.startsWith("| ")) {
    const job = facts.jobs.at(-1);
    job?.tail.push(redact(clean(line.slice(2), LINE_MAX)));
    return job !== undefined && job.tail.length <= TAIL_LINES;
  }
  const [, kind, a = "", b, rest = ""] = place.exec(line) ?? [];
  if (kind === "leases" && b === undefined) {
    const [, plan, driver = "", text = ""] = /^([\w.-]+) ([\w.-]+) (.*)$/.exec(rest) ?? [];
    if (plan === undefined) return false;
    facts.leases.push({ key: a, plan, driver, text: clean(text, TEXT_MAX) });
    return true;
  }
  if (kind === "kept" && b === undefined) {
    facts.kept.push({ name: a, text: clean(rest, TEXT_MAX) });
    return true;
  }
  if (b === undefined) return false;
  if (kind === "journal") facts.journal.push({ plan: a, seq: b, text: clean(rest, TEXT_MAX) });
  if (kind === "jobs") {
    const [, word, rc = ""] = /^(\w+) (\S+)$/.exec(rest) ?? [];
    const state = states.find((each) => each === word);
    // A state that we don't know is the one that nothing may be concluded from.
    facts.jobs.push({ plan: a, step: b, state: state ?? "running", rc: state === "ended" ? number(rc) : undefined, tail: [] });
    return state !== undefined;
  }
  return kind === "journal";
}

/** Plans, their jobs and leases, as kept under /run/xenha by the job program (host/job-source.ts); and what outlives a boot, under /var/lib/xenha. */
export const xenha: Reading<PlanFacts> = {
  id: "xenha",
  title: "plans: leases, journals, jobs",
  source: "/run/xenha, /var/lib/xenha",
  script,
  cadence_s: 5,
  timeout_s: 10,
  bytes_max: 512 * 1024,
  refreshed_by: [],
  parse: ({ stdout, truncated }) => {
    const facts: Taken = { leases: [], jobs: [], journal: [], kept: [] };
    const strange = stdout.split("\n").filter((line) => line !== "" && !take(line, facts));
    const cut = truncated ? ({ cut: true } as const) : {};
    return parsed({ ...facts, ...cut, not_understood: strange.slice(0, STRANGE_MAX).map((line) => clean(line)) });
  },
};
