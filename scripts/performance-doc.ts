/** docs/performance.md: the figures that `npm run bench -- --keep` left in docs/performance.json, and what they mean. Pure. */
import { markdownTable, type Report, verdict } from "../bench/report.ts";
import type { Figure } from "../bench/types.ts";

/** What of the figures belongs together, in the order in which an operator would ask. */
const chapters: readonly { readonly title: string; readonly ids: RegExp; readonly about: readonly string[] }[] = [
  {
    title: "From a key to its frame",
    ids: /^(key|slow|gap)/,
    about: [
      "Seen from outside the pty, by an emulator, on a pair of 200 guests and 400 volumes over two ssh connections. A key's frame passes frames of data; on a slow",
      "line the console asks the terminal what it has shown (`CSI 5 n`) and sends nothing new before, so that no key waits behind a queue of old frames. The line's",
      "own round trip is in the figure.",
    ],
  },
  {
    title: "From an event on a dom0 to its pixel",
    ids: /^(event|wire)/,
    about: [
      "The probe follows `drbdsetup events2`, `xenstore-watch`, `ip monitor` and the kernel's log; what they tell makes the reading run at once, so that what is shown is",
      "always what the tool itself says. Three figures of each: but for the time that the command itself ran whose answer told it (which is the dom0's, and is measured against the",
      "target), all of it, and from that answer to the pixel. The pair is simulated: its kernel changes in the moment that counts, its commands take 15 to 120 ms. On the wire: both",
      "hosts, both directions.",
    ],
  },
  {
    title: "CPU and bytes",
    ids: /^(cpu|bytes|cell|scale)/,
    about: [
      "All 200 guests and 50 resources change at the given rate, which no pair does: it is the worst case. The native tools beside it look again at the same rate; htop and btop show",
      "this machine, drbdmon gets the same resources changing from a stand-in `drbdsetup`. `at its own cadence` is the whole console with ssh and probe, as it runs all day.",
    ],
  },
  {
    title: "Start and memory",
    ids: /^(start|rss|memory)/,
    about: ["The first picture comes before ssh2 is loaded and before any host has answered."],
  },
  {
    title: "What it costs the dom0",
    ids: /^(dom0|probe)/,
    about: [
      "CPU of everything that the probe runs in a minute, in a cgroup of its own, against asking for the same facts every two seconds.",
    ],
  },
];

const list = (figures: readonly Figure[], which: string): string =>
  figures
    .filter((figure) => verdict(figure) === which)
    .map(({ what }) => what)
    .join("; ");

export function performanceDoc(report: Report, misses: Readonly<Record<string, string>>): string {
  const { when, machine, figures, note } = report;
  const told = new Set<string>();
  const parts = chapters.flatMap(({ title, ids, about }) => {
    const own = figures.filter(({ id }) => ids.test(id) && !told.has(id));
    for (const { id } of own) told.add(id);
    return own.length === 0 ? [] : [`## ${title}`, "", ...about, "", markdownTable(own), ""];
  });
  const rest = figures.filter(({ id }) => !told.has(id));
  const missed = figures.filter((figure) => verdict(figure) === "missed");
  return `${[
    "<!-- Generated from docs/performance.json by `npm run generate`; `npm run bench -- --keep` writes that. -->",
    "# What it costs, and how quick it is",
    "",
    `Measured ${when.replace("T", " ")} UTC on ${machine.cpu}, ${machine.cores} cores, Node ${machine.node.replace(/^v/, "")}, Linux ${machine.kernel}: a pty of 200x60, production`,
    "build, each figure beside its peers in one run, so that the ratios hold; those of an earlier run say so. `npm run bench` does it again on your machine (an hour; `-- --quick` in five minutes).",
    ...(note === undefined ? [] : [note]),
    "",
    `Met: ${list(figures, "met")}.`,
    "",
    ...(missed.length === 0
      ? []
      : ["Missed, and why:", "", ...missed.map(({ id, what }) => `- ${what}: ${misses[id] ?? "see the table."}`), ""]),
    ...parts,
    ...(rest.length === 0 ? [] : ["## Besides", "", markdownTable(rest), ""]),
    "Guards in `npm test` hold what doesn't depend on the machine: bytes for a change, frames for a change, cells touched, rows rendered (test/views/app/costs.test.ts,",
    "test/views/terminal/diff.test.ts), what a changed row allocates (test/views/app/allocations.test.ts), what a view judges again (test/state/select/pair-cost.test.ts).",
  ].join("\n")}\n`;
}
