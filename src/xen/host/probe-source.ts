/**
 * The probe: one POSIX sh program that runs on the dom0 for as long as the console looks at it. It installs nothing, writes no file,
 * changes nothing, and ends with the link. How it talks: wire.ts. What it runs: the table of readings, whose scripts are put into it here,
 * so that the text is the same for everyone; share/probe.sh is this text, for reading and for the forced command of a monitoring key.
 *
 * How it works: the main loop reads one-line messages from an anonymous pipe (fd 3) that its children write to: `t` and `w` time has passed,
 * `D id sum` a reading ended, `e stream` something happened, `k`/`r`/`c`/`q` what the console said. A second pipe (fd 5) holds one token:
 * whoever holds it may write a frame to stdout. Both pipes are made by reopening a pipe through /proc/self/fd, so nothing has a name.
 * Each reading runs as a job of its own, killed at its time limit; one that can't be killed (a process in D state) keeps only itself waiting.
 */
import type { Reading } from "../read/reading.ts";
import { BEAT_S, LINES_LEFT_OUT, WIRE_VERSION } from "./wire.ts";

/** Bumped when the program changes in a way that an installed copy should be replaced for. */
export const PROBE_VERSION = 2;
/** Jobs at once, hung ones not counted: a burst at the start must not load the dom0. */
export const JOBS_MAX = 3;
/** The console has to say `k` within this many seconds, else the probe ends itself. */
export const KEEPALIVE_LIMIT_S = 25;
/** Runs of one reading that events and the console begin at once, one after the other; a storm of events, which must not load the dom0, then waits its turn. */
export const RUNS_IN_A_ROW = 3;
/** A turn: hundredths of a second. */
export const RUN_TURN_CS = 50;
/** Lines of one event stream sent in one second; more are counted and left out. */
export const EVENT_LINES_PER_S_MAX = 40;

/** What each event stream runs, and which of its lines are worth sending. Each is started again after 5 s when it ends. */
const streams = {
  drbd: {
    needs: "drbdsetup",
    run: "exec drbdsetup events2 --timestamps </dev/null",
    // The dump at the start (`exists`) is what drbd-status tells anyway.
    skip: "*' exists '*|exists\\ *",
    send: true,
  },
  xen: {
    needs: "xenstore-watch",
    run: "exec xenstore-watch @introduceDomain @releaseDomain /local/domain/0/backend",
    skip: "''",
    send: false,
  },
  net: { needs: "ip", run: "exec ip -o monitor link", skip: "''", send: false },
  kernel: {
    needs: "sh",
    run: "command -v journalctl >/dev/null && [ -d /run/systemd/system ] && exec journalctl -k -f -n 0 -o short-unix\nexec dmesg -W",
    skip: "''|'-- '*",
    send: true,
  },
} as const;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const variable = (id: string): string => id.replaceAll("-", "_");

function readingLines(reading: Reading<unknown>): string {
  const v = variable(reading.id);
  return [
    `# ${reading.id}: ${reading.title} (${reading.source})`,
    `id_${v}=${reading.id} cad_${v}=${reading.cadence_s} tmo_${v}=${reading.timeout_s} max_${v}=${reading.bytes_max} evt_${v}=${quoted(reading.refreshed_by.join(" "))}`,
    `run_${v}= full_${v}= due_${v}=0 sum_${v}= again_${v}= turn_${v}=0 killed_${v}= pid_${v}=`,
    `cmd_${v}=${quoted(reading.script.trimEnd())}`,
  ].join("\n");
}

function streamLines(): string {
  return Object.entries(streams)
    .map(([name, { needs, run, skip, send }]) => {
      const forward = send ? `    emit_event ${name} "$line"\n` : "";
      return `follow_${name}() {
  command -v ${needs} >/dev/null 2>&1 || return 0
  while :; do
    /bin/sh -c ${quoted(run)} 2>/dev/null | while IFS= read -r line; do
      case $line in ${skip}) continue;; esac
${forward.replace(/^ {4}/, "      ")}      echo "e ${name}" >&3
    done
    sleep 5
  done
}`;
    })
    .join("\n");
}

/** The program's text. Deterministic: the same table gives the same bytes. */
export function probeSource(readings: readonly Reading<unknown>[]): string {
  const names = readings.map((reading) => variable(reading.id));
  return `#!/bin/sh
# xenha-tui probe ${PROBE_VERSION}: reads the state of a Xen dom0 and tells it on stdout, as long as somebody listens on stdin.
# GENERATED from src/xen/host/probe-source.ts and src/xen/read/*.ts by "npm run generate"; the console sends exactly this text.
# It changes nothing, installs nothing and writes no file. May be the forced command of a read-only key: see docs/monitoring-key.md.
xenha_probe() {
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
export LC_ALL PATH
unset ENV BASH_ENV CDPATH
IFS=' 	
'
nl='
'
readings=${quoted(names.join(" "))}
${readings.map(readingLines).join("\n")}

uptime_now() { read -r up _ </proc/uptime; now=\${up%.*} now_cs=$((\${up%.*} * 100 + 1\${up#*.} - 100)); }
wall_now() { wall=$(date +%s.%N 2>/dev/null); case $wall in *N*|*%*) wall=\${wall%%.*};; ''|*[!0-9.]*) wall=-;; esac; }
lock() { read -r _ <&5; }
# size: bytes of $1. Some busybox count characters, whatever LC_ALL says; a frame announces bytes.
two=$(printf '\\303\\251')
if [ "\${#two}" = 2 ]; then size_of() { size=\${#1}; }; else size_of() { size=$(printf %s "$1" | wc -c); size=$((size)); }; fi
unlock() { echo >&5; }

# found: $1 and everything it started, however deep (whose chain of parents leads to it); of the first shell also its own process group.
descendants() {
  found=" $1 " again=1 table=
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    pid=\${line%% *} rest=\${line##*) }
    case $rest in Z*) continue;; esac
    rest=\${rest#* }
    parent=\${rest%% *} rest=\${rest#* }
    [ "\${rest%% *}" != "$1" ] || found="$found$pid "
    table="$table $pid:$parent"
  done
  while [ -n "$again" ]; do
    again=
    for pair in $table; do
      case $found in *" \${pair%:*} "*) continue;; esac
      case $found in *" \${pair#*:} "*) found="$found\${pair%:*} " again=1;; esac
    done
  done
}
finish() {
  trap '' HUP INT PIPE TERM
  read -r self _ </proc/self/stat
  # What is started while the list is made is on the next one. What can't be killed (D state) is on all of them.
  for round in 1 2 3 4 5 6 7 8 9; do
    descendants $$
    left=
    for pid in $found; do [ "$pid" = "$self" ] || [ "$pid" = $$ ] || { kill -KILL "$pid" 2>/dev/null && left=1; }; done
    [ -n "$left" ] || break
  done
  [ "$self" = $$ ] || kill -KILL $$ 2>/dev/null
  exit 0
}

# One reading: run, bound, compare with the last answer, tell what changed. After the answer comes a line with its status; without it the answer was
# too long, or its command was killed at the time limit.
job() {
  eval "cmd=\\$cmd_$1 max=\\$max_$1 old=\\$sum_$1 id=\\$id_$1"
  read -r t0 _ </proc/uptime
  out=$({ (eval "$cmd") 2>/dev/null </dev/null 3>&- 4>&- 5>&-; rc=$?; echo "$nl$mark$rc"; } | head -c $((max + 64)))
  read -r t1 _ </proc/uptime
  case $out in
    *"$nl$mark"*) rc=\${out##*"$mark"} cut=0 body=\${out%"$nl$mark"*} body=\${body%"$nl"};;
    *) body=$out; if [ \${#out} -lt "$max" ]; then rc=137 cut=0; else rc=0 cut=1; fi;;
  esac
  size_of "$body"
  [ "$size" -le "$max" ] || { cut=1; body=$(printf "%.\${max}s" "$body"); size_of "$body"; }
  sum=$(printf '%s %s %s' "$rc" "$cut" "$body" | cksum)
  sum=\${sum%% *}
  # Without a sum nothing is known to be the same.
  if [ "$sum" != "$old" ] || [ -z "$sum" ]; then
    took=$(( \${t1%.*} * 100 + 1\${t1#*.} - \${t0%.*} * 100 - 1\${t0#*.} ))
    lock
    printf '${WIRE_VERSION} sec %s %s %d.%02d %s %s %d\\n%s\\n' "$id" "$rc" $((took / 100)) $((took % 100)) "$cut" "\${asked:--}" "$size" "$body"
    unlock
    echo "D $1 \${sum:--}" >&3
  else
    echo "D $1 $sum same" >&3
  fi
}
# Who asked for a full answer gets one, whether it is the same as before or not.
start() {
  eval "[ -z \\"\\$full_$1\\" ] || sum_$1= full_$1=; turn=\\$turn_$1"
  [ "$turn" -gt "$now_cs" ] || turn=$now_cs
  eval "run_$1=$now turn_$1=$((turn + ${RUN_TURN_CS})) again_$1= killed_$1="
  job "$1" & eval "pid_$1=$!"
}
# What a reading past its limit runs is killed; the job itself stays, so that what can't be killed (D state) is not started a second time.
enforce() {
  for r in $readings; do
    eval "run=\\$run_$r tmo=\\$tmo_$r killed=\\$killed_$r job=\\$pid_$r"
    [ -n "$run" ] && [ -z "$killed" ] && [ $((now - run)) -ge "$tmo" ] || continue
    eval "killed_$r=1"
    descendants "$job"
    # Its number may be another process's by now: only a child of ours is.
    case "$table " in *" $job:$looper "*) ;; *) continue;; esac
    for pid in $found; do [ "$pid" = "$job" ] || kill -KILL "$pid" 2>/dev/null; done
  done
}
# Starts what is due, the longest overdue first (what has never run: in the table's order), while there is room. A job past its limit takes none.
start_due() {
  busy=0
  for r in $readings; do eval "run=\\$run_$r tmo=\\$tmo_$r"; [ -n "$run" ] && [ $((now - run)) -le "$tmo" ] && busy=$((busy + 1)); done
  while [ "$busy" -lt ${JOBS_MAX} ]; do
    next= first=$((now + 1))
    for r in $readings; do
      eval "run=\\$run_$r due=\\$due_$r"
      [ -z "$run" ] && [ -n "$due" ] && [ "$due" -lt "$first" ] && next=$r first=$due
    done
    [ -n "$next" ] || return 0
    start "$next"
    busy=$((busy + 1))
  done
}
# Reads soon: at once, ${RUNS_IN_A_ROW} times in a row, then every ${RUN_TURN_CS / 100} s; while it runs: again afterwards. turn: until when its runs would last, had each waited its turn.
hurry() {
  eval "run=\\$run_$1 turn=\\$turn_$1"
  if [ -n "$run" ]; then eval "again_$1=1"
  elif [ $((turn - now_cs)) -le ${(RUNS_IN_A_ROW - 1) * RUN_TURN_CS} ]; then eval "due_$1=$now again_$1="
  else eval "again_$1=1"; wake
  fi
}
# Says \`w\` a turn later: nothing else may happen by then. Not every sleep knows parts of a second.
wake() { [ -n "$waking" ] || { waking=1; { sleep ${RUN_TURN_CS / 100} 2>/dev/null || sleep 1; echo w >&3; } & }; }
woken() {
  waking=
  for r in $readings; do eval "again=\\$again_$r run=\\$run_$r"; [ -z "$again" ] || [ -n "$run" ] || hurry "$r"; done
}
ended() { # NAME SUM [same]
  eval "id=\\$id_$1 cad=\\$cad_$1 tmo=\\$tmo_$1 again=\\$again_$1 rest=\\$(((now - run_$1) * 2)); run_$1= sum_$1=$2"
  # On a slow or overloaded dom0 a reading rests twice as long as it took; not so long that what it told grows stale.
  [ "$rest" -le "$tmo" ] || rest=$tmo
  [ "$cad" = 0 ] || [ "$rest" -le "$cad" ] || cad=$rest
  if [ "$cad" -gt 0 ]; then eval "due_$1=$((now + cad))"; else eval "due_$1="; fi
  [ -z "$again" ] || hurry "$1"
  [ -z "$3" ] || same="$same,$id"
}
beat() {
  beats=$((beats + 1)) running=
  if [ $((beats % 3)) = 1 ]; then wall_now; else wall=-; fi
  for r in $readings; do eval "run=\\$run_$r id=\\$id_$r"; [ -z "$run" ] || running="$running,$id:$((now - run))"; done
  running=\${running#,} same=\${same#,}
  lock
  printf '${WIRE_VERSION} beat %s %s %s %s %s\\n' "$up" "$wall" "\${running:--}" "\${same:--}" "\${asked:--}"
  unlock
  same=
}
hello() {
  wall_now
  text="probe=${PROBE_VERSION}$nl"
  read -r host </proc/sys/kernel/hostname; read -r kernel </proc/sys/kernel/osrelease; read -r boot </proc/sys/kernel/random/boot_id
  text="\${text}host=$host\${nl}kernel=$kernel\${nl}boot_id=$boot\${nl}uid=$(id -u)$nl"
  for tool in xl xenstore-ls xenstore-watch xentop drbdsetup drbdadm multipathd iscsiadm nbd-client lvs lsblk ip bridge ovs-vsctl journalctl head cksum systemd-run sudo; do
    if command -v "$tool" >/dev/null 2>&1; then text="\${text}tool.$tool=1$nl"; else text="\${text}tool.$tool=0$nl"; fi
  done
  for r in $readings; do eval "text=\\"\\\${text}reading=\\$id_$r\\$nl\\""; done
  size_of "$text"
  lock
  printf '${WIRE_VERSION} hello %s %s %d\\n%s\\n' "$up" "$wall" "$size" "$text"
  unlock
}
emit_event() { # STREAM LINE: bounded in length and in lines a second
  read -r ev_up _ </proc/uptime
  [ "\${ev_up%.*}" = "$ev_second" ] || ev_second=\${ev_up%.*} ev_count=0
  ev_count=$((ev_count + 1))
  [ "$ev_count" -le ${EVENT_LINES_PER_S_MAX} ] || return 0
  ev_line=$2
  [ "$ev_count" -lt ${EVENT_LINES_PER_S_MAX} ] || ev_line='${LINES_LEFT_OUT}'
  [ \${#ev_line} -le 2000 ] || ev_line=$(printf '%.2000s' "$ev_line")
  size_of "$ev_line"
  lock
  printf '${WIRE_VERSION} evt %s %d\\n%s\\n' "$1" "$size" "$ev_line"
  unlock
}
${streamLines()}
# Says \`l\` once it can be told that the console spoke, and \`t\` every ${BEAT_S} s. Ends everything when the console has said nothing for ${KEEPALIVE_LIMIT_S} s, even while the main loop is stuck in a write.
ticker() {
  silent=0
  trap 'silent=0' USR1
  trap - PIPE
  echo l >&3
  while sleep ${BEAT_S}; do
    silent=$((silent + ${BEAT_S}))
    [ "$silent" -le ${KEEPALIVE_LIMIT_S} ] && kill -0 $$ 2>/dev/null || finish
    echo t >&3
  done
}
listen() { while read -r word one two <&4; do kill -USR1 "$ticker" 2>/dev/null; echo "$word $one $two" >&3; done; echo q >&3; }
known() { case " $readings " in *" $1 "*) return 0;; esac; return 1; }

mark="xenha-probe-$$-rc " beats=0 same= asked= waking= listening= ev_second= ev_count=0
# A shell's own remarks ("Killed") have no reader.
exec 4<&0 2>/dev/null
: | {
exec 3<>/proc/self/fd/0
: | {
exec 5<>/proc/self/fd/0 0</dev/null
trap finish HUP INT PIPE TERM
read -r looper _ </proc/self/stat
unlock
uptime_now
hello
ticker </dev/null & ticker=$!
${Object.keys(streams)
  .map((name) => `follow_${name} </dev/null >&1 &`)
  .join("\n")}
beat
start_due
while read -r word one two three <&3; do
  uptime_now
  case $word in
    t) beat; enforce; start_due;;
    # Not sooner: before its trap is set, the signal would end the ticker, and no time would pass any more.
    l) [ -n "$listening" ] || { listening=1; listen </dev/null & };;
    w) woken; start_due;;
    D) ended "$one" "$two" "$three"; start_due;;
    e) for r in $readings; do eval "evt=\\$evt_$r"; case " $evt " in *" $one "*) hurry "$r";; esac; done; start_due;;
    k) case $one in ''|*[!0-9]*) ;; *) asked=$one;; esac;;
    r) name=$(printf %s "$one" | tr - _); known "$name" && { hurry "$name"; start_due; };;
    f) name=$(printf %s "$one" | tr - _); known "$name" && { eval "full_$name=1"; hurry "$name"; start_due; };;
    c) name=$(printf %s "$one" | tr - _); known "$name" && case $two in ''|*[!0-9]*) ;; *) [ "$two" -gt 0 ] && { eval "cad_$name=$two"; hurry "$name"; start_due; };; esac;;
    q) break;;
  esac
done
lock; printf '${WIRE_VERSION} bye asked\\n'; unlock
finish
}
}
}
xenha_probe
`;
}
