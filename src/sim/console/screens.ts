/** What a simulated guest prints: its boot, a full-screen program, and what a hostile one would try. As real ones do, with the usual escapes. */

const stamp = (seconds: number): string => `[${seconds.toFixed(6).padStart(12)}]`;

/** A kernel's and an init's lines, up to the login. */
export function bootText(name: string, kernel: string): string {
  const lines = [
    "\x1b[2J\x1b[H",
    `${stamp(0)} Linux version ${kernel} (debian-kernel@lists.debian.org)`,
    `${stamp(0)} Command line: root=/dev/xvda ro console=hvc0`,
    `${stamp(0.012)} Hypervisor detected: Xen HVM`,
    `${stamp(0.118)} printk: console [hvc0] enabled`,
    `${stamp(0.604)} xen_netfront: Initialising Xen virtual ethernet driver`,
    `${stamp(0.711)} blkfront: xvda: flush diskcache: enabled; persistent grants: enabled`,
    `${stamp(0.93)} EXT4-fs (xvda): mounted filesystem with ordered data mode`,
    "[\x1b[0;32m  OK  \x1b[0m] Reached target \x1b[0;1;39mBasic System\x1b[0m.",
    "[\x1b[0;32m  OK  \x1b[0m] Started \x1b[0;1;39mOpenBSD Secure Shell server\x1b[0m.",
    "[\x1b[0;1;31mFAILED\x1b[0m] Failed to start \x1b[0;1;39mA unit that always fails\x1b[0m.",
    `${name}: up, kernel ${kernel}`,
  ];
  return `${lines.join("\r\n")}\r\n`;
}

export const panicText = (uptime_s: number): string =>
  [
    `${stamp(uptime_s)} sysrq: Trigger a crash`,
    `${stamp(uptime_s)} Kernel panic - not syncing: sysrq triggered crash`,
    `${stamp(uptime_s)} CPU: 0 PID: 1 Comm: init Not tainted`,
    `${stamp(uptime_s)} ---[ end Kernel panic - not syncing: sysrq triggered crash ]---`,
  ]
    .map((line) => `${line}\r\n`)
    .join("");

/** The editor's file. */
const POEM = [
  "Two hosts that keep each other's guests alive,",
  "and one of them is down.",
  "",
  "日本語 and ümläuts, a wide line that runs on far beyond the right edge of an eighty column terminal: 0123456789",
];

/** What an editor draws on a terminal that it takes for 80x24: alternate screen, scroll region, colours, attributes, line drawing. */
export function editorText(line: number): string {
  const rows = 24;
  const columns = 80;
  const text = Array.from({ length: 40 }, (_, at) => POEM[at % POEM.length] ?? "");
  const body = Array.from({ length: rows - 2 }, (_, y) => {
    const at = line + y;
    const number = `\x1b[33m${String(at + 1).padStart(3)} \x1b[0m`;
    return `\x1b[${y + 1};1H\x1b[2K${number}${text[at]?.slice(0, columns - 4) ?? "\x1b[34m~\x1b[0m"}`;
  });
  return [
    "\x1b[?1049h\x1b[?1h\x1b=\x1b[?2004h\x1b[1;24r\x1b[m\x1b[H\x1b[2J",
    ...body,
    `\x1b[${rows - 1};1H\x1b[7m poem.txt [+] ${" ".repeat(columns - 30)}\x1b[38;5;208m 256 \x1b[38;2;80;200;120m rgb \x1b[0m`,
    `\x1b[${rows};1H\x1b[1mbold\x1b[22m \x1b[3mitalic\x1b[23m \x1b[4munder\x1b[24m \x1b[9mstruck\x1b[29m \x1b(0lqqk x\x1b(B \x1b[${line % 7 === 0 ? 31 : 32};44mcolour\x1b[m`,
    `\x1b[${1 + (line % 10)};5H`,
  ].join("");
}

export const EDITOR_END = "\x1b[?2004l\x1b[r\x1b[?1l\x1b>\x1b[?1049l";

/** Everything that a guest might try to do to whoever looks at it. Each is followed by a letter, so that what came after it shows. */
export const hostileText = [
  "\x1b]0;owned title\x07a",
  "\x1b]2;owned title\x1b\\b",
  "\x1b]4;1;rgb:ff/00/00\x07c",
  "\x1b]8;;http://evil.example/\x1b\\link\x1b]8;;\x1b\\d",
  "\x1b]10;#ff0000\x07\x1b]11;#00ff00\x07\x1b]12;?\x07e",
  "\x1b]52;c;b3duZWQ=\x07f",
  "\x1b]1337;File=inline=1:AAAA\x07g",
  "\x1b]777;notify;owned;owned\x07h",
  "\x1bP$qm\x1b\\i",
  "\x1bP+q544e\x1b\\j",
  "\x1bPtmux;\x1b\x1b]52;c;b3duZWQ=\x07\x1b\\k",
  "\x1bPq#0;2;0;0;0#0~~@@vv@@~~$-\x1b\\l",
  "\x1b_Gf=24,s=1,v=1;AAAA\x1b\\m",
  "\x1b^private\x1b\\n",
  "\x1bXstring\x1b\\o",
  "\x1b[6n\x1b[5n\x1b[c\x1b[>c\x1b[=c\x1b[?6n\x1b[>q\x1b[?25$p\x1b[x\x05p",
  "\x1b[8;10;10t\x1b[3;0;0t\x1b[2t\x1b[18t\x1b[20t\x1b[21t\x1b[22;0t\x1b[23;0tq",
  "\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h\x1b[?1004hr",
  "\x1b[>1u\x1b[=15u\x1b[?u\x1b[>4;2ms",
  "\x1b[?2026ht\x1b[?2026l",
  "\x1b[?1049hu\x1b[?1049l",
  "\x1b[?5h\x1b[?5l\x1b[?7l\x1b[?7h\x1b[?25l\x1b[?25hv",
  "\x9b31mw\x9d0;owned\x9cx\x90q\x9c",
  "\u202eevil\u202c\u200b\u200d\u2066x\u2069\u2028\u2029\ufeff\u{e0041}y",
  "\x1b[2147483647S\x1b[2147483647L\x1b[2147483647b\x1b[99999999999999999999;5Hz",
  `e${"\u0301".repeat(40)}`,
  "\x1b[8mhidden\x1b[28m\x1b[5mblink\x1b[25m",
  "\x1b]0;never ended",
].join("");
