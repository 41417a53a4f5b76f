#!/bin/sh
# xenha-job: what a plan of xenha-tui does on a dom0. GENERATED from src/xen/host/job-source.ts by "npm run generate"; the console sends exactly this text.
set -u
umask 077
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
export LC_ALL PATH
unset ENV BASH_ENV CDPATH
D=${XENHA_DIR:-/run/xenha}
say() { printf 'XHJ1 %s\n' "$*"; }
end() { say "$@"; exit 0; }
name() {
  case $1 in
    ''|.*|-*|*[!A-Za-z0-9._-]*) end refused "not a name: $1";;
  esac
}
# Makes the file $1 with the line $2, whole and at once: 0 made, 1 it is there, 2 it can't be made.
publish() {
  t=$D/tmp/$$.new
  printf '%s\n' "$2" >"$t" || { rm -f "$t"; return 2; }
  if ln "$t" "$1" 2>/dev/null; then r=0; elif [ -e "$1" ]; then r=1; else r=2; fi
  rm -f "$t"
  return $r
}
# One word for a shell, and a space.
quote() {
  case $1 in
    *\'*) printf "'"; printf '%s\n' "$1" | sed "s/'/'\\\\''/g" | { IFS= read -r head; printf '%s' "$head"; while IFS= read -r head; do printf '\n%s' "$head"; done; }; printf "' ";;
    *) printf "'%s' " "$1";;
  esac
}
first() { line=; IFS= read -r line 2>/dev/null <"$1" || [ -n "$line" ]; }
ready() {
  mkdir -p "$D/tmp" "$D/leases" "$D/journal" "$D/jobs" 2>/dev/null
  [ -d "$D/tmp" ] && [ -d "$D/leases" ] && [ -d "$D/journal" ] && [ -d "$D/jobs" ] || end failed "$D can't be written"
}
# A line for the host's own records. Nothing waits for it.
audit() {
  command -v logger >/dev/null 2>&1 || return 0
  limit=
  timeout 1 true 2>/dev/null && limit='timeout 5'
  $limit logger -t xenha-tui -p auth.notice -- "$(printf '%.900s' "$1")" </dev/null >/dev/null 2>&1 &
}
# The number before $1.
previous() { n=$((1$1 - 1)); n=${n#1}; }
# The lease $1 as it is: its number in $gen, its line in $line; empty: nobody has it.
newest() {
  gen=000000 line=
  for f in "$D/leases/$1"/[0-9][0-9][0-9][0-9][0-9][0-9]; do :; done
  case $f in *'[0-9][0-9][0-9][0-9][0-9][0-9]') return;; esac
  gen=${f##*/}
  # Gone in this very moment: somebody has it newer.
  first "$f" || end again
  [ "$line" != free ] || line=
}
# Makes $2 the line of the lease $1 after $gen: 0 it is, 1 somebody was first, 2 it can't be written.
advance() {
  [ -d "$D/leases/$1" ] || mkdir "$D/leases/$1" 2>/dev/null || [ -d "$D/leases/$1" ] || return 2
  mine=$((1$gen + 1))
  mine=${mine#1}
  publish "$D/leases/$1/$mine" "$2" || return
  for f in "$D/leases/$1"/[0-9][0-9][0-9][0-9][0-9][0-9]; do
    # The number was taken and given back long ago: it isn't the highest.
    [ "1${f##*/}" -le "1$mine" ] || { rm -f "$D/leases/$1/$mine"; return 1; }
  done
  for f in "$D/leases/$1"/[0-9][0-9][0-9][0-9][0-9][0-9]; do [ "1${f##*/}" -ge "1$mine" ] || rm -f "$f"; done
}
# holds PLAN DRIVER KEY...: goes on only where this driver has all of these leases.
holds() {
  p=$1 d=$2
  shift 2
  for k in "$@"; do
    name "$k"
    newest "$k"
    case $line in
      "$p $d "*) ;;
      '') end unleased "$k";;
      *) end lost "$k $line";;
    esac
  done
}
verb=${1:-}
[ $# -gt 0 ] && shift
case $verb in
# take KEY PLAN DRIVER JSON: the lease is this driver's, or somebody else's, who is named.
take)
  name "$1"; name "$2"; name "$3"; ready
  for try in 1 2 3 4 5; do
    newest "$1"
    case $line in
      "$2 $3 "*) end taken;;
      ?*) end held "$line";;
    esac
    advance "$1" "$2 $3 $4"
    case $? in
      0) end taken;;
      2) end failed "can't write $D/leases/$1";;
    esac
  done
  end again;;
# seize KEY PLAN DRIVER NEWDRIVER JSON: from a driver of the same plan, if it is still its.
seize)
  name "$1"; name "$2"; name "$3"; name "$4"; ready
  for try in 1 2 3 4 5; do
    newest "$1"
    case $line in
      "$2 $4 "*) end taken;;
      "$2 $3 "*) ;;
      '') end gone;;
      *) end held "$line";;
    esac
    advance "$1" "$2 $4 $5"
    case $? in
      0) end taken;;
      2) end failed "can't write $D/leases/$1";;
    esac
  done
  end again;;
# drop KEY PLAN DRIVER
drop)
  name "$1"; name "$2"; name "$3"; ready
  for try in 1 2 3 4 5; do
    newest "$1"
    case $line in
      "$2 $3 "*) ;;
      '') end gone;;
      *) end held "$line";;
    esac
    advance "$1" free
    case $? in
      0) end dropped;;
      2) end failed "can't write $D/leases/$1";;
    esac
  done
  end again;;
# note PLAN DRIVER SEQ JSON KEY...: a line of the journal; the same line again is fine, another under its number is not, nor is one with none before it.
note)
  name "$1"; name "$2"; name "$3"; ready
  plan=$1 driver=$2 seq=$3 text=$4
  shift 4
  j=$D/journal/$plan
  if [ -e "$j/end" ]; then first "$j/end"; end ended "$line"; fi
  holds "$plan" "$driver" "$@"
  case ${seq%-more} in [0-9][0-9][0-9][0-9][0-9][0-9]) ;; *) end refused "not a number: $seq";; esac
  if [ "$seq" != 000000 ]; then
    previous "${seq%-more}"
    [ -e "$j/$n" ] || [ -e "$j/$n-more" ] || end gap
  elif [ ! -d "$j" ]; then
    # A plan's first line makes room for it.
    for old in $(ls -t "$D/journal" 2>/dev/null | sed -n '40,$p'); do
      [ -e "$D/journal/$old/end" ] && rm -rf "$D/journal/$old" "$D/jobs/$old"
    done
  fi
  mkdir -p "$j" || end failed "can't write $j"
  publish "$j/$seq" "$text"
  case $? in
    0) case $seq in *-more) ;; *) audit "$plan $seq $text";; esac
      end noted;;
    2) end failed "can't write $j/$seq";;
  esac
  first "$j/$seq"
  [ "$line" = "$text" ] && end noted
  end conflict "$line";;
# end PLAN DRIVER JSON KEY...: nothing more will be done for it.
end)
  name "$1"; name "$2"; ready
  plan=$1 driver=$2 text=$3
  shift 3
  j=$D/journal/$plan
  [ -d "$j" ] || end gone
  if [ -e "$j/end" ]; then first "$j/end"; [ "$line" = "$text" ] && end noted; end ended "$line"; fi
  holds "$plan" "$driver" "$@"
  publish "$j/end" "$text"
  case $? in
    0) audit "$plan end $text";;
    1) end again;;
    2) end failed "can't write $j/end";;
  esac
  mkdir -p "$j/old"
  for f in "$j"/[0-9]*; do
    case $f in */000000) ;; *) mv "$f" "$j/old/" 2>/dev/null;; esac
  done
  end noted;;
# journal PLAN: its lines, each after its number.
journal)
  name "$1"
  [ -d "$D/journal/$1" ] || end gone
  say journal
  for f in "$D/journal/$1"/[0-9]* "$D/journal/$1"/old/[0-9]* "$D/journal/$1/end"; do
    [ -f "$f" ] && first "$f" && printf '%s %s\n' "${f##*/}" "$line"
  done
  say whole;;
# start PLAN DRIVER STEP LATEST KEY... -- ARGV...: the step as a job of its own, once, while this driver has the leases, and not after LATEST
# (seconds of this host's uptime; -: whenever): what was held up on its way here was judged on facts that are old.
start)
  plan=$1 driver=$2 step=$3 latest=$4
  name "$plan"; name "$driver"; name "$step"; ready
  shift 4
  case $latest in
    *[!0-9]*) ;;
    *) read -r up rest </proc/uptime; [ "${up%.*}" -le "$latest" ] || end late "${up%.*}";;
  esac
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    holds "$plan" "$driver" "$1"
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
  printf '%s' 'cd "${0%/*}" || exit 1
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH
# Whoever kept its log being gone is no reason for it to end.
trap "" HUP PIPE
read -r all </proc/$$/stat
set -f
rest=${all##*) }
started=$(set -- $rest; shift 19; echo "$1")
session=$(set -- $rest; echo "$4")
if [ -f input ]; then exec <input; rm -f input; else exec </dev/null; fi
echo "$$ $started $session" >pid.$$ && ln pid.$$ pid && rm -f pid.$$ || exit 1
{ . ./argv; echo $? >rc.tmp; mv rc.tmp rc; } 2>&1 | {
  n=0
  while [ $n -lt 4000 ] && IFS= read -r line; do
    printf "%s\n" "$line"
    n=$((n + 1))
  done >log
  cat >/dev/null
}
' >"$job/run" || end failed "can't write $job/run"
  for word in "$@"; do quote "$word"; done >"$job/argv" || end failed "can't write $job/argv"
  if [ -n "${XENHA_INPUT+x}" ]; then printf '%s' "$XENHA_INPUT" >"$job/input" || end failed "can't write $job/input"; fi
  audit "$plan $step start $*"
  if [ -d /run/systemd/system ] && [ -z "${XENHA_DIR:-}" ] && command -v systemd-run >/dev/null 2>&1; then
    collect=
    # Since systemd 236; what failed is kept in memory without it.
    systemd-run --help 2>/dev/null | grep -q -e --collect && collect=--collect
    # What the command leaves running (xl's watcher of a guest) must outlive it: KillMode=process.
    said=$(systemd-run --quiet $collect --unit="xenha-$plan-$step" --property=KillMode=process \
      /bin/sh "$job/run" 2>&1) || {
        # It may come up all the same, later: then it finds that it mustn't.
        publish "$job/pid" cancelled && { rm -f "$job/input"; echo "$said" >"$job/log"; end failed "systemd-run: $said"; }
      }
  elif command -v setsid >/dev/null 2>&1; then
    setsid /bin/sh "$job/run" </dev/null >/dev/null 2>&1 &
  else
    nohup /bin/sh "$job/run" </dev/null >/dev/null 2>&1 &
  fi
  end started;;
# cancel PLAN DRIVER STEP KEY...: a step that hasn't begun never will; else that it has.
cancel)
  plan=$1 driver=$2 step=$3
  name "$plan"; name "$driver"; name "$step"; ready
  shift 3
  holds "$plan" "$driver" "$@"
  job=$D/jobs/$plan/$step
  mkdir -p "$job" 2>/dev/null || end failed "can't make $job"
  publish "$job/pid" cancelled
  case $? in
    0) rm -f "$job/input"; end cancelled;;
    2) end failed "can't write $job/pid";;
  esac
  first "$job/pid"
  [ "$line" = cancelled ] && end cancelled
  end started;;
# log PLAN STEP: all that is kept of what it said.
log)
  name "$1"; name "$2"
  [ -e "$D/jobs/$1/$2/log" ] || end gone
  say log
  cat "$D/jobs/$1/$2/log";;
*) end refused "unknown verb: $verb";;
esac
