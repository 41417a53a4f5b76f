/** Commands for the time of an incident: a thing's timeline, notes on findings, the report. Nothing here changes a host. */
import { findingKey } from "../state/acks.ts";
import { subjectOf } from "../state/plan/action.ts";
import { actionNamed } from "../state/plan/actions/index.ts";
import type { Finding } from "../state/view-model.ts";
import { beginAction } from "./acting/form.ts";
import type { CommandContext, Step } from "./actions.ts";
import type { Command } from "./commands.ts";
import { duration } from "./format.ts";
import { cursorRow } from "./scene.ts";
import { filterOf, meantObject, showTimelineOf } from "./timeline-of.ts";
import { goTo, withPlace, withToast } from "./ui.ts";

/** How long a snooze is: the first, and each further press. */
export const SNOOZES_MS = [3_600_000, 4 * 3_600_000, 8 * 3_600_000] as const;

/** The finding under the cursor, or the opened one. */
export function meantFinding({ ui, scene, view }: CommandContext): Finding | undefined {
  const object = meantObject({ ui, scene });
  if (object?.kind !== "finding") return undefined;
  return view.findings.find(({ rule, object: about }) => rule === object.rule && about === object.object);
}

const withFinding = (context: CommandContext): true | string => {
  if (context.replay !== undefined) return "a recording can't be noted";
  return meantFinding(context) !== undefined ? true : "select a finding first";
};

/** The worst that nobody has noted first; from a finding to the one after it, round and round. */
function nextFinding(context: CommandContext): Step {
  const { ui, scene, view } = context;
  const main = scene.main;
  const here = ui.screen === "overview" && ui.stack.length === 0 && main !== undefined;
  const findings = view.findings.map(({ rule, object }) => `finding ${rule} ${object}`);
  const at = here ? findings.indexOf(cursorRow(main)?.key ?? "") : -1;
  const key = findings[(at + 1) % findings.length];
  if (key === undefined) return [ui, []];
  return [withPlace(goTo(ui, { screen: "overview", stack: here ? ui.stack : [] }), "overview", { key, filter: "", follow: true }), []];
}

function openRunbook(context: CommandContext): Step {
  const { ui } = context;
  const id = meantFinding(context)?.runbook;
  return [id === undefined ? ui : goTo(ui, { screen: ui.screen, stack: [...ui.stack, { kind: "runbook", id }] }), []];
}

function note(context: CommandContext): Step {
  const finding = meantFinding(context);
  if (finding === undefined) return [context.ui, []];
  const key = findingKey(finding);
  if (finding.ack !== undefined) return [withToast(context.ui, `${finding.object}: your note is withdrawn.`), [{ kind: "unnote", key }]];
  return [
    withToast(context.ui, `${finding.object}: acknowledged while it lasts; if it gets worse you will hear of it. n again withdraws.`),
    [{ kind: "note", finding, for_ms: undefined }],
  ];
}

/** The next longer one than what is left of the present. */
function nextSnooze({ ack }: Finding, now_ms: number): number {
  const left_ms = ack?.until_ms === undefined ? 0 : ack.until_ms - now_ms;
  return SNOOZES_MS.find((ms) => ms > left_ms) ?? SNOOZES_MS[0];
}

function snooze(context: CommandContext): Step {
  const finding = meantFinding(context);
  if (finding === undefined) return [context.ui, []];
  const for_ms = nextSnooze(finding, context.view.now_ms);
  return [
    withToast(
      context.ui,
      `${finding.object}: snoozed for ${duration(for_ms / 1000)}; if it gets worse you will hear of it. z again is longer.`,
    ),
    [{ kind: "note", finding, for_ms }],
  ];
}

/** The finding's next step as a plan: asks for what isn't known, and shows it; nothing is done by it. */
function beginNextAction(context: CommandContext): Step {
  const act = meantFinding(context)?.act;
  const action = act === undefined ? undefined : actionNamed(act.action);
  if (act === undefined || action === undefined) return [context.ui, []];
  const value = act.args[subjectOf(action)?.name ?? ""];
  const subjects = value === undefined ? [] : [{ kind: action.on, value, name: value }];
  return [beginAction(context, action, subjects, act.args), []];
}

/** Leads to a change: a read-only console hasn't got it. */
export const nextActionCommand: Command = {
  id: "finding.act",
  keys: ["o"],
  title: "next action",
  description: "The next safe step of the selected finding, where it is one of the actions: shows the plan first",
  group: "Incident",
  footer: 2.4,
  when: (context) => {
    const finding = meantFinding(context);
    if (finding === undefined) return "select a finding first";
    if (finding.act === undefined) return "its next step is none of the actions: see its detail and its runbook";
    return context.act.why_not ?? true;
  },
  run: beginNextAction,
};

export const incidentCommands: readonly Command[] = [
  {
    id: "finding.next",
    keys: ["f"],
    title: "finding",
    description: "To the worst finding on the overview; again to the next one",
    group: "Incident",
    footer: 10,
    when: ({ view }) => (view.findings.length > 0 ? true : "nothing is found"),
    run: nextFinding,
  },
  {
    id: "timeline.of",
    keys: ["i"],
    title: "its timeline",
    description: "What happened to the selected thing: the timeline with its names as the filter",
    group: "Incident",
    footer: 11,
    when: ({ ui, scene, view }) => {
      const object = meantObject({ ui, scene });
      if (object === undefined) return "select something first";
      return filterOf(view, object) === undefined ? "it has no name on the timeline" : true;
    },
    run: showTimelineOf,
  },
  {
    id: "runbook",
    keys: ["r"],
    title: "runbook",
    description: "The page that leads from the selected finding to green, step by step",
    group: "Incident",
    footer: 12,
    when: (context) => {
      const finding = meantFinding(context);
      if (finding === undefined) return "select a finding first";
      return finding.runbook === undefined ? "this finding has no runbook" : true;
    },
    run: openRunbook,
  },
  {
    id: "finding.note",
    keys: ["n"],
    title: "note",
    description: "Acknowledge the selected finding: it steps back while it lasts, and never hides that it gets worse; again withdraws it",
    group: "Incident",
    when: withFinding,
    run: note,
  },
  {
    id: "finding.snooze",
    keys: ["z"],
    title: "snooze",
    description: "Acknowledge the selected finding for an hour; again for four, then eight",
    group: "Incident",
    when: withFinding,
    run: snooze,
  },
  {
    id: "report",
    keys: ["w"],
    title: "report",
    description: "Write the incident report (findings, timeline, what was done) as Markdown, and say where",
    group: "Incident",
    when: () => true,
    run: ({ ui }) => [ui, [{ kind: "report" }]],
  },
];
