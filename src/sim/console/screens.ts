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

/**
 * Everything that a guest might try to do to whoever looks at it, by what it goes for. Each is followed by a letter, so that what came after it shows. The last
 * one never ends.
 */
export const hostile: readonly (readonly [what: string, text: string])[] = [
  ["OSC 0, title and icon", "\x1b]0;owned title\x07a"],
  ["OSC 2, title", "\x1b]2;owned title\x1b\\b"],
  ["OSC 4, palette", "\x1b]4;1;rgb:ff/00/00\x07\x1b]104\x07\x1b]5;0;?\x07c"],
  ["OSC 8, link", "\x1b]8;;http://evil.example/\x1b\\link\x1b]8;;\x1b\\d"],
  ["OSC 10 to 19, colours", "\x1b]10;#ff0000\x07\x1b]11;#00ff00\x07\x1b]12;?\x07\x1b]17;?\x07\x1b]110\x07e"],
  ["OSC 52, clipboard", "\x1b]52;c;b3duZWQ=\x07\x1b]52;c;?\x07f"],
  ["OSC 1337, file", "\x1b]1337;File=inline=1:AAAA\x07g"],
  ["OSC 9, 777, notification", "\x1b]777;notify;owned;owned\x07\x1b]9;owned\x07\x1b]9;4;1;50\x07h"],
  ["OSC 7, 22, 50, 133, folder, pointer, font, prompt", "\x1b]7;file://x/\x07\x1b]22;wait\x07\x1b]50;owned\x07\x1b]133;A\x07h"],
  ["DCS, DECRQSS", "\x1bP$qm\x1b\\\x1bP$q q\x1b\\i"],
  ["DCS, termcap and keys", "\x1bP+q544e\x1b\\\x1bP+p544e\x1b\\\x1bP1;1|17/6f776e6564\x1b\\j"],
  ["DCS, tmux passthrough", "\x1bPtmux;\x1b\x1b]52;c;b3duZWQ=\x07\x1b\\k"],
  ["DCS, sixel", "\x1bPq#0;2;0;0;0#0~~@@vv@@~~$-\x1b\\l"],
  ["APC, kitty graphics", "\x1b_Gf=24,s=1,v=1;AAAA\x1b\\m"],
  ["PM", "\x1b^private\x1b\\n"],
  ["SOS", "\x1bXstring\x1b\\o"],
  ["questions", "\x1b[6n\x1b[5n\x1b[c\x1b[>c\x1b[=c\x1b[?6n\x1b[>q\x1b[?25$p\x1b[x\x1b[1;1;1;1;9;9*y\x1bZ\x05p"],
  ["window operations", "\x1b[8;10;10t\x1b[3;0;0t\x1b[2t\x1b[18t\x1b[20t\x1b[21tq"],
  ["title stack", "\x1b[22;0t\x1b[22;2t\x1b[23;0tq"],
  ["mouse and focus", "\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h\x1b[?1015h\x1b[?1016h\x1b[?1004h\x1b[?9hr"],
  ["kitty keyboard, modifyOtherKeys", "\x1b[>1u\x1b[=15u\x1b[?u\x1b[<9u\x1b[>4;2ms"],
  ["whole frames", "\x1b[?2026ht\x1b[?2026l"],
  ["alternate screen", "\x1b[?1049hu\x1b[?1049l\x1b[?47h\x1b[?47l"],
  ["pastes, keypad, cursor keys", "\x1b[?2004h\x1b=\x1b[?1h\x1b[?66hu\x1b[?66l\x1b[?1l\x1b>\x1b[?2004l"],
  ["screen, wrapping, cursor", "\x1b[?5h\x1b[?5l\x1b[?7l\x1b[?7h\x1b[?25l\x1b[?25h\x1b[5 qv"],
  ["width, margins, origin, tabs", "\x1b[?40h\x1b[?3h\x1b[?3l\x1b[?69h\x1b[5;9s\x1b[?69l\x1b[2;5r\x1b[?6h\x1b[?6l\x1b[r\x1b[3g\x1b#3v"],
  ["insert, line feeds, locked keyboard", "\x1b[4h\x1b[20h\x1b[2hv\x1b[2l\x1b[20l\x1b[4l"],
  ["print, LEDs, bell, saved modes", "\x1b[5i\x1b[4i\x1b[?5i\x1b[?4i\x1b[1q\x07\x1b[?1000s\x1b[?1049r\x1b[#{\x1b[#}\x1b[#Pv"],
  ["character sets", "\x1b%@\x1b%G\x1b(0\x0e\x0f\x1b(B\x1bn\x1bo\x0fv"],
  ["full and soft reset", "\x1b[!pv"],
  ["C1", "\x9b31mw\x9d0;owned\x9cx\x90q\x9c\x98s\x9c\x9ep\x9c\x9fa\x9cw"],
  ["bidi and what can't be seen", "\u202eevil\u202c\u200b\u200d\u2066x\u2069\u2028\u2029\ufeff\u{e0041}\u061cy"],
  ["numbers without end", "\x1b[2147483647S\x1b[2147483647L\x1b[2147483647b\x1b[99999999999999999999;5Hz"],
  ["marks without end", `e${"\u0301".repeat(40)}`],
  ["hidden text", "\x1b[8mhidden\x1b[28m\x1b[5mblink\x1b[25m"],
  ["a string that never ends", "\x1b]0;never ended"],
];
export const hostileText = hostile.map(([, text]) => text).join("");
