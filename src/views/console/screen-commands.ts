/** The keys of the screens that lead to consoles, shells and logs. */

import { planOf } from "../acting/takeover.ts";
import type { CommandContext, Step } from "../actions.ts";
import type { Command } from "../commands.ts";
import type { ObjectRef } from "../pane.ts";
import { guestOf } from "../panes/lookup.ts";
import { focusedBoard, seenRow } from "../scene.ts";
import { goTo, withoutPlace } from "../ui.ts";

/** The row under the cursor, what the open detail is about, and what findings and entries are about: nearest first. */
function objectsOf({ ui, scene, view }: CommandContext): readonly ObjectRef[] {
  const board = focusedBoard(scene);
  const row = seenRow(board)?.object;
  const listed = board === scene.main ? undefined : seenRow(scene.main)?.object;
  const near = [row, ui.stack.at(-1), listed].filter((object) => object !== undefined);
  return near.flatMap((object): ObjectRef[] => {
    if (object.kind !== "finding") return [object];
    const guest = guestOf(view, object.object);
    const host = view.hosts.find(({ id }) => id === object.object);
    return [
      ...(guest === undefined ? [] : [{ kind: "guest", key: guest.key } as const]),
      ...(host === undefined ? [] : [{ kind: "host", id: host.id } as const]),
    ];
  });
}

const guestNow = (context: CommandContext) => {
  const found = objectsOf(context).find((object) => object.kind === "guest");
  return found === undefined ? undefined : guestOf(context.view, found.key);
};
const hostNow = (context: CommandContext) => objectsOf(context).find((object) => object.kind === "host");

/** Of a guest: on both hosts, where it runs first. */
function logsNow(context: CommandContext): ObjectRef | undefined {
  const found = objectsOf(context).find(({ kind }) => kind === "guest" || kind === "host");
  if (found?.kind === "host") return { kind: "logs", hosts: [found.id], guest: undefined };
  const guest = found?.kind === "guest" ? guestOf(context.view, found.key) : undefined;
  if (guest === undefined) return undefined;
  const hosts = context.view.hosts.map(({ id }) => id).sort((a, b) => Number(b === guest.host) - Number(a === guest.host));
  return { kind: "logs", hosts, guest: guest.name };
}

const only = ({ ui }: CommandContext): Step => [ui, []];

export const consoleScreenCommands: readonly Command[] = [
  {
    id: "console.open",
    keys: ["c"],
    title: "console",
    description: "The guest's console, on the host where it runs now; watched, until t switches typing on",
    group: "Look closer",
    footer: 11,
    when: (context) => (guestNow(context) !== undefined ? true : "no guest is selected"),
    run: (context) => {
      const guest = guestNow(context);
      return guest === undefined ? only(context) : [context.ui, [{ kind: "console", key: guest.key, name: guest.name }]];
    },
  },
  {
    id: "logs.open",
    keys: ["l"],
    title: "logs",
    description: "Logs of the host, or about the guest: xl dmesg, the kernel's journal, the files of /var/log/xen; followed as they grow",
    group: "Look closer",
    when: (context) => {
      // The same key shows a plan's log.
      if (typeof planOf(context) !== "string") return "a plan is selected";
      return logsNow(context) !== undefined ? true : "no guest or host is selected";
    },
    run: (context) => {
      const logs = logsNow(context);
      const { ui } = context;
      return logs === undefined ? only(context) : [goTo(withoutPlace(ui, logs), { screen: ui.screen, stack: [...ui.stack, logs] }), []];
    },
  },
];

/** Where changes are allowed alone. */
export const shellCommands: readonly Command[] = [
  {
    id: "shell.open",
    keys: ["s"],
    title: "shell",
    description: "A shell on the host's dom0. That it was opened is on record",
    group: "Look closer",
    when: (context) => (hostNow(context) !== undefined ? true : "no host is selected"),
    run: (context) => {
      const host = hostNow(context);
      return host === undefined ? only(context) : [context.ui, [{ kind: "shell", host: host.id }]];
    },
  },
];
