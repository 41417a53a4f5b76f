/** What can be done to a thing now, and why the rest can't: the action menu's lines. Pure. */
import { type Action, subjectOf } from "../../state/plan/action.ts";
import { actions } from "../../state/plan/actions/index.ts";
import type { ActionArg, Choice, Given } from "../../state/plan/arguments.ts";
import { isRefusal, obstacles, type Plan, type Refusal, type Risk } from "../../state/plan/plan.ts";
import { type Act, isPrepared } from "./act.ts";
import type { Subject } from "./subject.ts";

export interface Offer {
  readonly action: Action;
  readonly risk: Risk;
  /** undefined: it can be done, as far as is known without its arguments. */
  readonly reason: string | undefined;
  /** There is a plan all the same, that says what stands against it. */
  readonly explains: boolean;
}

export const actionsOn = (kind: Subject["kind"], subject: string, { context }: Act): readonly Action[] =>
  actions.filter(({ on, fits }) => on === kind && (fits === undefined || (context !== undefined && fits(context, subject))));

/** What there is to choose among, for an argument that is chosen; undefined: it is typed. */
export function choicesOf(arg: ActionArg, given: Given, { context }: Act): readonly Choice[] | undefined {
  if (context === undefined) return undefined;
  const { view } = context;
  switch (arg.kind) {
    case "host":
      return view.hosts.map(({ id, hostname }) => ({ value: id, title: hostname === undefined || hostname === id ? "" : hostname }));
    case "guest":
      return view.guests.map(({ key, name, state, host }) => ({
        value: key,
        title: `${name}  ${state.text}${host === undefined ? "" : ` on ${host}`}`,
      }));
    case "resource":
      return [...new Map(view.drbd.map((row) => [row.resource, row.state.text]))].map(([value, title]) => ({ value, title }));
    case "storage":
      return view.storage.map(({ key, title, kind }) => ({ value: key, title: `${title}  ${kind}` }));
    case "network":
      return [...view.bridges, ...view.uplinks].map(({ name }) => ({ value: name, title: "" }));
    case "choice":
      return arg.choices(context, given);
    case "address":
    case "number":
    case "text":
      return arg.choices?.(context, given);
  }
}

/** Tried for each of so many choices at most: whether any of them can be done. */
const TRIED_MAX = 8;

/** Must be chosen among them: nothing else can be typed. */
export const isClosed = ({ kind }: ActionArg): boolean => kind !== "address" && kind !== "number" && kind !== "text";

/** What the subject itself says of the arguments. */
export const givenBy = (action: Action, subject: Subject | undefined): Given => {
  const arg = subjectOf(action);
  return arg === undefined || subject === undefined ? {} : { [arg.name]: subject.value };
};

const unsaid = ({ args }: Action, given: Given): readonly ActionArg[] => args.filter(({ name }) => (given[name] ?? "") === "");

/** What has to be asked: what may not be left out, and what may be but without which it can't be planned as things are (on which of two hosts). */
export function missingArgs(action: Action, given: Given, act: Act): readonly ActionArg[] {
  const open = unsaid(action, given);
  const needed = open.filter(({ optional }) => !optional);
  if (needed.length > 0) return needed;
  const request = { action: action.id, args: given };
  if (!isPrepared(request, act) || !isRefusal(act.plan(request))) return [];
  const helps = open.find((arg) =>
    (isClosed(arg) ? (choicesOf(arg, given, act) ?? []) : [])
      .slice(0, TRIED_MAX)
      .some(({ value }) => !isRefusal(act.plan({ action: action.id, args: { ...given, [arg.name]: value } }))),
  );
  return helps === undefined ? [] : [helps];
}

const problem = (made: Plan | Refusal): string | undefined => (isRefusal(made) ? made.refused : obstacles(made)[0]?.text);

/** subject: undefined where it is about the pair, or isn't named yet. */
export function offerOf(action: Action, subject: Subject | undefined, act: Act): Offer {
  const given = givenBy(action, subject);
  const [missing, ...more] = missingArgs(action, given, act);
  const asked: Offer = { action, risk: action.risk, reason: undefined, explains: true };
  const plan = (args: Given): Plan | Refusal => act.plan({ action: action.id, args });
  if (missing === undefined) {
    // What has to be asked first isn't asked for a menu.
    if (!isPrepared({ action: action.id, args: given }, act)) return asked;
    const made = plan(given);
    const explains = !isRefusal(made);
    return { action, risk: explains ? made.risk : action.risk, reason: problem(made), explains };
  }
  // With more to ask, or something to be typed, it can't be told yet.
  const choices = more.length > 0 || !isClosed(missing) ? undefined : choicesOf(missing, given, act);
  if (choices === undefined || choices.length > TRIED_MAX) return asked;
  if (choices.length === 0) return { ...asked, reason: `there is nothing to choose (${missing.prompt})`, explains: false };
  if (choices.some(({ value }) => !isPrepared({ action: action.id, args: { ...given, [missing.name]: value } }, act))) return asked;
  const tried = choices.map(({ value }) => ({ value, made: plan({ ...given, [missing.name]: value }) }));
  if (tried.some(({ made }) => problem(made) === undefined)) return asked;
  const reasons = [...new Set(tried.map(({ made }) => problem(made) ?? ""))];
  return { ...asked, reason: reasons.join("; "), explains: tried.some(({ made }) => !isRefusal(made)) };
}

/** In the table's order. For several subjects: those that are made for that, with how many of them can't. */
export function offersFor(subjects: readonly Subject[], act: Act): readonly Offer[] {
  const [first] = subjects;
  // About the pair as a whole.
  if (first === undefined) return actionsOn("pair", "", act).map((action) => offerOf(action, undefined, act));
  return actionsOn(first.kind, first.value, act).map((action): Offer => {
    if (subjects.length === 1) return offerOf(action, first, act);
    if (!action.marked) return { action, risk: action.risk, reason: "one at a time", explains: false };
    const each = subjects.map((subject) => ({ subject, offer: offerOf(action, subject, act) }));
    const not = each.filter(({ offer }) => offer.reason !== undefined);
    const worst = each.find(({ offer }) => offer.risk === "data_loss") ?? each.find(({ offer }) => offer.risk === "disruptive") ?? each[0];
    const reason =
      not.length === 0
        ? undefined
        : not.length === each.length
          ? `none of them: ${not[0]?.offer.reason ?? ""}`
          : `${not.length} of ${each.length} can't: ${not[0]?.subject.name ?? ""}: ${not[0]?.offer.reason ?? ""}`;
    return { action, risk: worst?.offer.risk ?? action.risk, reason, explains: each.some(({ offer }) => offer.explains) };
  });
}
