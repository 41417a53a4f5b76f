/**
 * The programs behind a guest's console, a shell and what is followed on a dom0: short POSIX sh texts, run as `/bin/sh -c TEXT NAME WORDS...` with a terminal,
 * so that the end of the channel ends them (a hangup reaches every process of theirs). Nothing is installed and nothing is left behind.
 *
 * What they say themselves stands in frames that nothing printed by a guest can look like: `ESC _ XHC1 NONCE WORD REST ESC \`, where NONCE is drawn anew by
 * the console for each channel. `begin REST` comes before the first byte of a guest, `end STATUS WORDS` after the last.
 */
export const CONSOLE_WIRE = "XHC1";

/** As `$0`: how a person on the host sees in `ps` what it is. */
export const GUEST_CONSOLE = "xenha-console";
export const GUEST_KEY = "xenha-key";
export const HOST_SHELL = "xenha-shell";
export const FEED = "xenha-follow";
export const FEEDS = "xenha-logs";
export const AUDIT = "xenha-audit";

const head = `set -u
LC_ALL=C; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
nonce=$1; shift
say() { printf '\\033_${CONSOLE_WIRE} %s %s\\033\\\\' "$nonce" "$*"; }
`;

/**
 * `NONCE DOMID pv|serial [PID|- [NONCE,NONCE,...]]`: attaches to the console of one domain. xenconsole takes a lock (since Xen 4.7): whoever comes second is
 * refused, so the others are named first, `PID FROM SECONDS NONCE` each (FROM: the address its ssh session came from; NONCE: of another console like this).
 * Older ones share the output among them. PID: a xenconsole of this domain that has to make room. The last words: nonces of earlier channels of the same
 * console. Where the connection was lost, sshd may keep such a one alive for hours, reading what nobody sees: it is ended.
 */
export const guestConsoleSource = `${head}domid=$1 line=$2 rival=\${3:--} mine=\${4-}
stty raw -echo 2>/dev/null
# Every xenconsole of the domain but those that have to make room.
others() {
  for dir in /proc/[0-9]*; do
    read -r name 2>/dev/null <"$dir/comm" || continue
    [ "$name" = xenconsole ] || continue
    words=$(tr '\\0' ' ' 2>/dev/null <"$dir/cmdline")
    case $words in *"xenconsole $domid "*) ;; *) continue;; esac
    pid=\${dir#/proc/}
    parent=$(sed -n 's/^PPid:[[:space:]]*//p' "$dir/status" 2>/dev/null)
    theirs=$(tr '\\0\\n' '  ' 2>/dev/null <"/proc/\${parent:-0}/cmdline" | sed -n 's/.* ${GUEST_CONSOLE} \\([^ ]*\\) .*/\\1/p')
    case ,$mine, in *",\${theirs:--},"*) rooms="$rooms $pid"; continue;; esac
    if [ "$pid" = "$rival" ]; then rooms="$rooms $pid"; continue; fi
    from=$(tr '\\0' '\\n' 2>/dev/null <"$dir/environ" | sed -n 's/^SSH_CONNECTION=\\([^ ]*\\) .*/\\1/p')
    age=$(ps -o etimes= -p "$pid" 2>/dev/null | tr -d ' ')
    there="$there$pid \${from:--} \${age:--} \${theirs:--}, "
  done
}
there= rooms=
others
for pid in $rooms; do
  kill -HUP "$pid" 2>/dev/null
  n=0
  while [ -d "/proc/$pid" ] && [ $n -lt 20 ]; do sleep 0.1 2>/dev/null || sleep 1; n=$((n + 1)); done
done
say begin "$there"
exec 3>&1
said=$(xl console -t "$line" "$domid" 2>&1 >&3)
status=$?
say end "$status" "$(printf %s "$said" | tr '\\n\\r\\033' '   ' | cut -c1-300)"
exit 0
`;

/**
 * `NONCE DOMID pv|serial`: types one ctrl-] into a guest. xenconsole takes it for its own end where it comes alone; written to the terminal that xenconsole
 * itself writes to, it is a key like any other.
 */
export const guestKeySource = `${head}case $2 in pv) path=console/tty;; *) path=serial/0/tty;; esac
tty=$(xenstore-read "/local/domain/$1/$path") && printf '\\035' >"$tty"
`;

/** `NONCE`: a login shell of the user that the probe runs as. */
export const shellSource = `${head}say begin
cd || cd /
shell=$(awk -F: -v id="$(id -u)" '$3 == id { print $7; exit }' /etc/passwd)
[ -x "$shell" ] || shell=/bin/sh
SHELL=$shell; export SHELL
unset LC_ALL nonce
exec "$shell" -l
`;

/** Lines told of what was there before. */
export const FEED_LINES_FIRST = 500;
/** `xl dmesg` has no way to wait for more: it is run again and again. */
export const FEED_POLL_S = 3;
/** Between two answers of something that is run again and again. */
export const FEED_SEPARATOR = "\x1e";

/** `NONCE xen|kernel|file [PATH]`: follows what is told there. Lines of `xen` come as whole answers, the separator after each. */
export const feedSource = `${head}stty -echo -opost 2>/dev/null
say begin
case $1 in
  xen) before=
    while :; do
      now=$(xl dmesg 2>&1)
      [ "$now" = "$before" ] || printf '%s\\n\\036\\n' "$now"
      before=$now
      sleep ${FEED_POLL_S}
    done;;
  kernel) if command -v journalctl >/dev/null; then
      SYSTEMD_COLORS=0 exec journalctl --no-pager -k -b -f -n ${FEED_LINES_FIRST} -o short-iso 2>&1
    fi
    exec dmesg -w 2>&1;;
  file) case $2 in *..*) exit 2;; /var/log/xen/*) ;; *) exit 2;; esac
    exec tail -n ${FEED_LINES_FIRST} -F "$2" 2>&1;;
esac
`;

/** Files that a host names at most. */
export const FEED_FILES_MAX = 500;

/** `NONCE`: the files below /var/log/xen, `SIZE SECONDS PATH` each, newest first. */
export const feedsSource = `${head}say begin
find /var/log/xen -type f 2>/dev/null | head -n ${FEED_FILES_MAX} | while IFS= read -r path; do
  stat -c '%s %Y %n' "$path" 2>/dev/null
done | sort -k2,2nr
say end 0
`;

/** `NONCE TEXT`: a line in the host's own log (safety rule S10). */
export const auditSource = `${head}logger -t xenha-tui -p auth.notice -- "$1"
`;
