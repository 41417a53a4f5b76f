/** A line of a journal as it is read back: whole and of a kind and version that is known, or not at all. */
import type { Expectation } from "./expect.ts";
import { type Entry, JOURNAL_VERSION, type Result } from "./journal.ts";
import type { PlanRequest, PlanStep } from "./plan.ts";

type Json = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isNumber);
const isResult = (value: unknown): value is Result => value === "done" || value === "failed" || value === "stopped" || value === "unknown";

type Shape = (value: Json) => boolean;
const ofGuest: Shape = ({ name, uuid }) => isText(name) && isText(uuid);
const ofResource: Shape = ({ resource }) => isText(resource);
const any: Shape = () => true;
/** What each kind must say beside its host. */
const expectations: { readonly [Kind in Expectation["kind"]]: Shape } = {
  guest_runs: ofGuest,
  guest_paused: ofGuest,
  guest_absent: ofGuest,
  guest_anew: ofGuest,
  guest_is: ofGuest,
  guest_halted: ofGuest,
  guest_wired: ofGuest,
  guest_memory: (value) => ofGuest(value) && isNumber(value.mib),
  no_guests: any,
  drbd: ofResource,
  two_primaries: ofResource,
  drbd_rate: (value) => ofResource(value) && isText(value.option) && isNumbers(value.kib_s),
  drbd_begun: (value) => ofResource(value) && isText(value.what) && isNumbers(value.minors) && isNumber(value.after_ms),
  lv: ({ vg, name, there, origin }) => isText(vg) && isText(name) && isFlag(there) && (origin === undefined || isText(origin)),
  path: ({ name, wwid, state }) => [name, wwid].every(isText) && (state === "failed" || state === "usable"),
  map: ({ name, there }) => isText(name) && isFlag(there),
  iscsi: ({ name, portal, there }) => [name, portal].every(isText) && isFlag(there),
  vport: ({ name, there }) => isText(name) && isFlag(there),
  nbd: ({ name, connected }) => isText(name) && isFlag(connected),
  nfs: ({ name, device, there }) => [name, device].every(isText) && isFlag(there),
  link: (value) => {
    const texts = [value.type, value.parent, value.master].every((each) => each === undefined || isText(each));
    const numbers = [value.vlan_id, value.mtu].every((each) => each === undefined || isNumber(each));
    return isText(value.name) && isFlag(value.there) && texts && numbers && (value.up === undefined || isFlag(value.up));
  },
  ovs_bridge: ({ name, there, parent, tag }) =>
    isText(name) && isFlag(there) && (parent === undefined || isText(parent)) && (tag === undefined || isNumber(tag)),
  ovs_port: ({ name, bridge, there }) => [name, bridge].every(isText) && isFlag(there),
  drbd_idle: any,
  drbd_whole: any,
  autostart: ({ has, has_not }) => isTexts(has) && isTexts(has_not),
  config: ({ path, name }) => isText(path) && isText(name),
  kept: ({ name, text }) => isText(name) && (text === undefined || isText(text)),
  power: ({ on }) => typeof on === "boolean",
  answer: ({ argv, code, starts }) => isTexts(argv) && argv.length > 0 && isNumber(code) && (starts === undefined || isText(starts)),
};
const isExpectation = (value: unknown): value is Expectation =>
  isObject(value) &&
  isText(value.host) &&
  Object.hasOwn(expectations, String(value.kind)) &&
  expectations[value.kind as Expectation["kind"]](value);

const isRequest = (value: unknown): value is PlanRequest =>
  isObject(value) && isText(value.action) && isObject(value.args) && Object.values(value.args).every(isText);
const isInput: Shape = ({ kind, text, host, path }) => (kind === "text" ? isText(text) : kind === "file" && isText(host) && isText(path));
const isPower: Shape = ({ of, action }) => isText(of) && (action === "on" || action === "off" || action === "reboot");
const optional = (value: unknown, fits: (value: Json) => boolean): boolean => value === undefined || (isObject(value) && fits(value));

const isGuard = (value: unknown): boolean =>
  isObject(value) &&
  [value.id, value.title, value.host].every(isText) &&
  isTexts(value.argv) &&
  value.argv.length > 0 &&
  Array.isArray(value.when) &&
  value.when.every(isExpectation);

function isStep(value: unknown): value is PlanStep {
  if (!isObject(value)) return false;
  const { id, title, host, argv, before, after, undo, usual_s, settle_s } = value;
  return (
    [id, title, host, undo].every(isText) &&
    isTexts(argv) &&
    argv.length > 0 &&
    [before, after].every((list) => Array.isArray(list) && list.every(isExpectation)) &&
    isNumber(usual_s) &&
    isNumber(settle_s) &&
    typeof value.always === "boolean" &&
    typeof value.no_return === "boolean" &&
    (value.guards === undefined || (Array.isArray(value.guards) && value.guards.every(isGuard))) &&
    optional(value.input, isInput) &&
    optional(value.sub, isRequest) &&
    optional(value.power, isPower)
  );
}

const shapes: Readonly<Record<Entry["kind"], (value: Json) => boolean>> = {
  header: (value) =>
    value.v === JOURNAL_VERSION &&
    [value.id, value.goal, value.action, value.operator, value.reason].every(isText) &&
    [value.keys, value.hosts, value.steps].every(isTexts) &&
    isNumber(value.at_ms),
  plan: (value) => isObject(value.request) && isText(value.request.action) && Array.isArray(value.steps) && value.steps.every(isStep),
  steps: (value) => isNumber(value.from) && Array.isArray(value.steps) && value.steps.every(isStep),
  checked: (value) => isNumber(value.at_ms) && Array.isArray(value.checks) && value.checks.every(isObject),
  intent: (value) => isNumber(value.step) && isText(value.driver) && isNumber(value.at_ms),
  outcome: (value) => isNumber(value.step) && isResult(value.result) && isText(value.text) && isNumber(value.at_ms),
  guard: (value) => isNumber(value.step) && isText(value.guard) && isText(value.why) && isNumber(value.at_ms),
  taken_over: (value) => isText(value.driver) && isText(value.operator) && isNumber(value.at_ms),
  end: (value) => isResult(value.result) && isText(value.text) && isNumber(value.at_ms),
};

/** undefined: not a line of ours, or of a version that we don't know. */
export function entryOf(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return undefined;
    const shape = Object.hasOwn(shapes, String(value.kind)) ? shapes[value.kind as Entry["kind"]] : undefined;
    return shape?.(value) === true ? (value as unknown as Entry) : undefined;
  } catch {
    return undefined;
  }
}
