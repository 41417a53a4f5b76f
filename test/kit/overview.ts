/** The overview as a reader takes it in: wrapped rows joined, the scroll bar left out. */
import { type Console, watching } from "./console.ts";

export interface Overview {
  /** The pair and how many findings of which severity; both hosts and how old what is seen of them is. */
  readonly head: string;
  /** The strip's rows of a host: its own and those under it. */
  host(name: string): string;
  /** `Lose alpha: ...` with the reasons under it. */
  lose(host: string): string;
  /** `9 guests: ...` */
  readonly guests: string;
  /** Worst first, each with what is at risk and what to press next. As far as they are on the screen. */
  readonly findings: readonly string[];
  /** All of the screen. */
  readonly text: string;
}

const HEAD_ROWS = 3;
const SCROLL_BAR = /\s*[┃│|]\s*$/;
const FINDING = /^ \S (?:critical|warning|unknown|info)\s/;
/** A row that begins something. */
const BEGINS =
  /^[▸> ]\S (?:\S+ +(?:live|stale|~stale|connecting|unreachable|refused|needs)|Lose |\d+ guests?:|critical|warning|unknown|info)/;
const ENDS = /^\s*$|^ (?:Jobs|Restart, guest by guest|Latest changes|Findings|\d+ findings?) /;

const squeezed = (text: string): string => text.replace(/\s+/g, " ").trim();

export function readOverview(screen: string): Overview {
  const rows = screen.split("\n");
  const head = rows.slice(0, HEAD_ROWS).map(squeezed).join("\n");
  const paragraphs: string[] = [];
  let open = false;
  for (const row of rows.slice(HEAD_ROWS + 1).map((each) => each.replace(SCROLL_BAR, ""))) {
    if (BEGINS.test(row)) {
      paragraphs.push(row);
      open = true;
    } else if (ENDS.test(row) || row.startsWith(" enter ")) open = false;
    else if (open) paragraphs.push(`${paragraphs.pop() ?? ""} ${row}`);
  }
  const one = (begin: RegExp): string => squeezed(paragraphs.find((each) => begin.test(each)) ?? "");
  return {
    head,
    host: (name) => one(new RegExp(`^..\\S ${name} +(?!can)`)) || one(new RegExp(`^.\\S ${name} `)),
    lose: (host) => one(new RegExp(`^ \\S Lose ${host}:`)),
    guests: one(/^ \S \d+ guests?:/),
    findings: paragraphs.filter((each) => FINDING.test(each)).map(squeezed),
    text: squeezed(screen),
  };
}

/** What is expected of an overview, part by part. A finding's place is its rank. */
export interface Answers {
  readonly head?: readonly RegExp[];
  readonly hosts?: Readonly<Record<string, RegExp>>;
  readonly lose?: Readonly<Record<string, RegExp>>;
  readonly guests?: RegExp;
  readonly findings?: readonly RegExp[];
}

/** What of it the screen doesn't answer (yet). */
export function unanswered({ head = [], hosts = {}, lose = {}, guests, findings = [] }: Answers, screen: string): string[] {
  const seen = readOverview(screen);
  const parts: [string, RegExp, string][] = [
    ...head.map((what): [string, RegExp, string] => ["head", what, seen.head]),
    ...Object.entries(hosts).map(([name, what]): [string, RegExp, string] => [`host ${name}`, what, seen.host(name)]),
    ...Object.entries(lose).map(([name, what]): [string, RegExp, string] => [`lose ${name}`, what, seen.lose(name)]),
    ...(guests === undefined ? [] : [["guests", guests, seen.guests] as [string, RegExp, string]]),
    ...findings.map((what, at): [string, RegExp, string] => [`finding ${at + 1}`, what, seen.findings[at] ?? ""]),
  ];
  return parts.filter(([, what, text]) => !what.test(text)).map(([name, what, text]) => `${name}: ${String(what)} isn't in: ${text}`);
}

/** Resolves when the overview answers all of it; else fails with what is missing. */
export async function answers(console: Console, wanted: Answers, limit_ms?: number): Promise<Overview> {
  try {
    return readOverview(await console.sees((screen) => unanswered(wanted, screen).length === 0, limit_ms));
  } catch (error) {
    throw new Error(`${unanswered(wanted, console.screen()).join("\n")}\n${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The console on a simulated pair, 80x24, nothing pressed yet. */
export const watchingDemo = (scenario: string, story: (console: Console) => Promise<void>): Promise<void> =>
  watching({ args: ["--demo", scenario] }, story);
