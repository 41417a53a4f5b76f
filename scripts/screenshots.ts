/** `npm run screenshots`: the README's pictures, taken of the running program on the simulated pair. */
import { mkdirSync, writeFileSync } from "node:fs";
import { openConsole } from "../test/kit/console.ts";
import { terminalSvg } from "./svg.ts";

interface Picture {
  readonly name: string;
  readonly title: string;
  readonly args: readonly string[];
  readonly columns: number;
  readonly rows: number;
  /** Before the keys are pressed; absent: as soon as a host answers. */
  readonly ready?: RegExp;
  readonly keys: readonly string[];
  /** What the screen shows when it is ready to be taken. */
  readonly when: RegExp;
}

const pictures: readonly Picture[] = [
  {
    name: "overview",
    title: "Overview of a pair, 100x30",
    args: ["--demo"],
    columns: 100,
    rows: 30,
    keys: [],
    when: /\d of \d restart/,
  },
  {
    name: "split-brain",
    title: "A split brain on the DRBD screen",
    args: ["--demo", "split-brain"],
    columns: 100,
    rows: 30,
    keys: ["3"],
    when: /split[- ]brain/i,
  },
  {
    name: "plan",
    title: "A plan, shown before anything is done",
    args: ["--demo", "pair"],
    columns: 100,
    rows: 30,
    ready: /all 4 restart on alpha/,
    keys: ["2", "G", "m"],
    when: /tab then y does it/,
  },
  { name: "wide", title: "The same pair on a wide terminal", args: ["--demo"], columns: 180, rows: 50, keys: ["2"], when: /UpToDate/ },
];

const folder = new URL("../docs/screenshots/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const { name, title, args, columns, rows, ready = /live/, keys, when } of pictures) {
  const console_ = openConsole({ args, columns, rows, env: { COLORTERM: "truecolor" } });
  await console_.sees(ready, 40_000);
  console_.press(...keys);
  await console_.sees(when, 40_000);
  writeFileSync(new URL(`${name}.svg`, folder), terminalSvg(console_.terminal, title));
  console_.press("ctrl-c");
  await console_.ended;
  console.log(`docs/screenshots/${name}.svg`);
}
