/**
 * The job program: one POSIX sh text that a console sends over stdin to `/bin/sh -s -- VERB WORDS...` on a dom0, for everything that a plan
 * does there: leases, the plan's journal, and steps as detached jobs. Nothing is installed; what it keeps lies on tmpfs under /run/xenha
 * (XENHA_DIR: elsewhere, for tests), readable by root alone, and is read by the probe's reading `xenha`:
 *
 *   leases/KEY               one line: `PLAN DRIVER JSON`; made by link(2), so that it is either there, whole, or not
 *   journal/PLAN/SEQ         one line of JSON; SEQ has six digits; made by link(2) too: of two drivers one writes a number, the other is told
 *   journal/PLAN/end         the last one; all but the first line move to journal/PLAN/old/ then, where the reading doesn't look
 *   jobs/PLAN/STEP/{run,argv,pid,log,rc}   made by mkdir(2): a step is started once, ever. pid: `PID STARTTIME` (proc(5), field 22); PID leads
 *                            a session of its own (setsid; systemd does the same), so that what it left running can be found
 *   jobs/PLAN/STEP/input     what the command reads on its stdin, until it does; it comes as XENHA_INPUT in front of this text (withInput), never in argv
 *
 * It answers with one line `XHJ1 WORD REST`. A console that doesn't get the line doesn't know what happened; every verb can be said again.
 */
export const JOB_WIRE = "XHJ1";
/** Lines of a job's output that are kept; what comes after is thrown away, the job goes on. */
export const JOB_LOG_LINES_MAX = 4000;
/** Plans whose journal a host keeps. */
export const PLANS_KEPT_MAX = 40;

/** A plan's, step's or lease's name in a path: letters, digits, `.`, `_` and `-`, not first `.` or `-`. */
export const isJobName = (name: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(name);

/** Runs as a file: systemd would take the dollars out of an argument. The words to run are in the file `argv`, each quoted. */
const RUNNER = `cd "\${0%/*}" || exit 1
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH
read -r all </proc/$$/stat
set -f
rest=\${all##*) }
if [ -f input ]; then exec <input; rm -f input; else exec </dev/null; fi
started=$(set -- $rest; shift 19; echo "$1")
echo "$$ $started" >pid.tmp && mv pid.tmp pid || exit 1
{ . ./argv; echo $? >rc.tmp; mv rc.tmp rc; } 2>&1 | {
  n=0
  while [ $n -lt ${JOB_LOG_LINES_MAX} ] && IFS= read -r line; do
    printf "%s\\n" "$line"
    n=$((n + 1))
  done >log
  cat >/dev/null
}
`;

/** Of what a step reads. */
export const INPUT_BYTES_MAX = 256 * 1024;

/** The program with what its `start` gives the command to read: in the text that goes over the channel's stdin, where no ps shows it. */
export const withInput = (program: string, input: string | undefined): string =>
  input === undefined ? program : `XENHA_INPUT=${quoted(input)}\n${program}`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The program's text. Deterministic. */
export function jobSource(): string {
  return `#!/bin/sh
# xenha-job: what a plan of xenha-tui does on a dom0. See src/xen/host/job-source.ts.
set -u
umask 077
LC_ALL=C
export LC_ALL
D=\${XENHA_DIR:-/run/xenha}
say() { printf '${JOB_WIRE} %s\\n' "$*"; }
end() { say "$@"; exit 0; }
name() {
  case $1 in
    ''|.*|-*|*[!A-Za-z0-9._-]*) end refused "not a name: $1";;
  esac
}
# Makes the file $1 with the line $2, whole and at once: 0 made, 1 it is there, 2 it can't be made.
publish() {
  t=$D/tmp/$$.new
  printf '%s\\n' "$2" >"$t" || return 2
  if ln "$t" "$1" 2>/dev/null; then r=0; elif [ -e "$1" ]; then r=1; else r=2; fi
  rm -f "$t"
  return $r
}
# One word for a shell, and a space.
quote() {
  case $1 in
    *\\'*) printf "'"; printf '%s\\n' "$1" | sed "s/'/'\\\\\\\\''/g" | { IFS= read -r head; printf '%s' "$head"; while IFS= read -r head; do printf '\\n%s' "$head"; done; }; printf "' ";;
    *) printf "'%s' " "$1";;
  esac
}
first() { line=; IFS= read -r line 2>/dev/null <"$1" || [ -n "$line" ]; }
ready() {
  mkdir -p "$D/tmp" "$D/leases" "$D/journal" "$D/jobs" 2>/dev/null
  [ -d "$D/tmp" ] && [ -d "$D/leases" ] && [ -d "$D/journal" ] && [ -d "$D/jobs" ] || end failed "$D can't be written"
}
verb=\${1:-}
[ $# -gt 0 ] && shift
case $verb in
# take KEY PLAN DRIVER JSON: the lease is this driver's, or somebody else's, who is named.
take)
  name "$1"; name "$2"; name "$3"; ready
  publish "$D/leases/$1" "$2 $3 $4"
  case $? in
    0) end taken;;
    2) end failed "can't write $D/leases/$1";;
  esac
  first "$D/leases/$1" || end again
  case $line in
    "$2 $3 "*) end taken;;
    *) end held "$line";;
  esac;;
# seize KEY PLAN DRIVER NEWDRIVER JSON: from a driver of the same plan, if it is still its.
seize)
  name "$1"; name "$2"; name "$3"; name "$4"; ready
  old=$D/tmp/$$.old
  mv "$D/leases/$1" "$old" 2>/dev/null || end gone
  first "$old" || line=
  case $line in
    "$2 $3 "*) publish "$D/leases/$1" "$2 $4 $5"; r=$?; rm -f "$old"
      case $r in 0) end taken;; *) first "$D/leases/$1"; end held "$line";; esac;;
    *) ln "$old" "$D/leases/$1" 2>/dev/null; rm -f "$old"; end held "$line";;
  esac;;
# drop KEY PLAN DRIVER
drop)
  name "$1"; name "$2"; name "$3"; ready
  first "$D/leases/$1" || end gone
  case $line in
    "$2 $3 "*) rm -f "$D/leases/$1"; end dropped;;
    *) end held "$line";;
  esac;;
# note PLAN SEQ JSON: a line of the journal; the same line again is fine, another under its number is not.
note)
  name "$1"; name "$2"; ready
  # A plan's first line makes room for it.
  if [ "$2" = 000000 ] && [ ! -d "$D/journal/$1" ]; then
    set -- "$@" "$(ls -t "$D/journal" 2>/dev/null | sed -n '${PLANS_KEPT_MAX},$p')"
    for old in $4; do [ -e "$D/journal/$old/end" ] && rm -rf "$D/journal/$old" "$D/jobs/$old"; done
  fi
  mkdir -p "$D/journal/$1" || end failed "can't write $D/journal/$1"
  publish "$D/journal/$1/$2" "$3"
  case $? in
    0) end noted;;
    2) end failed "can't write $D/journal/$1/$2";;
  esac
  first "$D/journal/$1/$2"
  [ "$line" = "$3" ] && end noted
  end conflict "$line";;
# start PLAN DRIVER STEP KEY... -- ARGV...: the step as a job of its own, once, while this driver has the leases.
start)
  plan=$1 driver=$2 step=$3
  name "$plan"; name "$driver"; name "$step"; ready
  shift 3
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    name "$1"
    first "$D/leases/$1" || end refused "there is no lease of $1"
    case $line in
      "$plan $driver "*) ;;
      *) end refused "the lease of $1 is another's: $line";;
    esac
    shift
  done
  [ $# -gt 1 ] || end refused "no command"
  shift
  job=$D/jobs/$plan/$step
  mkdir -p "$D/jobs/$plan" 2>/dev/null
  if ! mkdir "$job" 2>/dev/null; then
    [ -d "$job" ] && end exists
    end failed "can't make $job"
  fi
  printf '%s' ${quoted(RUNNER)} >"$job/run" || end failed "can't write $job/run"
  for word in "$@"; do quote "$word"; done >"$job/argv" || end failed "can't write $job/argv"
  if [ -n "\${XENHA_INPUT+x}" ]; then printf '%s' "$XENHA_INPUT" >"$job/input" || end failed "can't write $job/input"; fi
  if [ -d /run/systemd/system ] && [ -z "\${XENHA_DIR:-}" ] && command -v systemd-run >/dev/null 2>&1; then
    # What the command leaves running (xl's watcher of a guest) must outlive it: KillMode=process.
    said=$(systemd-run --quiet --collect --unit="xenha-$plan-$step" --property=KillMode=process \\
      /bin/sh "$job/run" 2>&1) || { echo "$said" >"$job/log"; echo 126 >"$job/rc"; end failed "systemd-run: $said"; }
  elif command -v setsid >/dev/null 2>&1; then
    setsid /bin/sh "$job/run" </dev/null >/dev/null 2>&1 &
  else
    nohup /bin/sh "$job/run" </dev/null >/dev/null 2>&1 &
  fi
  end started;;
# end PLAN JSON: nothing more will be done for it.
end)
  name "$1"; ready
  [ -d "$D/journal/$1" ] || end gone
  publish "$D/journal/$1/end" "$2"
  [ $? -eq 2 ] && end failed "can't write $D/journal/$1/end"
  mkdir -p "$D/journal/$1/old"
  for f in "$D/journal/$1"/[0-9]*; do
    case $f in */000000) ;; *) mv "$f" "$D/journal/$1/old/" 2>/dev/null;; esac
  done
  end noted;;
# log PLAN STEP: all that is kept of what it said.
log)
  name "$1"; name "$2"
  [ -e "$D/jobs/$1/$2/log" ] || end gone
  say log
  cat "$D/jobs/$1/$2/log";;
# journal PLAN: its lines.
journal)
  name "$1"
  [ -d "$D/journal/$1" ] || end gone
  say journal
  cat "$D/journal/$1"/[0-9]* "$D/journal/$1"/old/[0-9]* "$D/journal/$1/end" 2>/dev/null;;
*) end refused "unknown verb: $verb";;
esac
`;
}
