/** `drbdsetup show --json` of DRBD 9, as the same tree of sections that the text gives. Source: drbdsetup.c show_*_json(). */
import type { Section } from "./drbd-show-text.ts";
import { isObject, type JsonObject, jsonObjects, listOf, notUnderstood, textOf } from "./json-objects.ts";

const scalar = (value: unknown): string | undefined => (typeof value === "boolean" ? (value ? "yes" : "no") : textOf(value));

function section(name: string, label: string, object: JsonObject, skip: readonly string[] = []): Section {
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(object)) {
    const text = skip.includes(key) ? undefined : scalar(value);
    if (text !== undefined) values.set(key, text);
  }
  return { name, label, values, sections: [] };
}

function volume(value: JsonObject): Section {
  const made = section("volume", textOf(value.volume_nr) ?? "0", value);
  const minor = textOf(value.device_minor);
  if (minor !== undefined) made.values.set("device", `minor ${minor}`);
  const disk = textOf(value["backing-disk"]);
  if (disk !== undefined) made.values.set("disk", disk);
  if (isObject(value.disk)) made.sections.push(section("disk", "", value.disk));
  return made;
}

/** Later versions print `{"address": "10.99.1.1", "port": 7788}` where earlier ones print `ipv4 10.99.1.1:7788`. */
function address(value: unknown): string | undefined {
  if (!isObject(value)) return textOf(value);
  const host = textOf(value.address);
  const port = textOf(value.port);
  return host === undefined || port === undefined ? host : `${host}:${port}`;
}

function path(value: JsonObject): Section {
  const made = section("path", "", {});
  const mine = address(value._this_host ?? value.this_host);
  const peer = address(value._remote_host ?? value.remote_host);
  if (mine !== undefined) made.values.set("_this_host", mine);
  if (peer !== undefined) made.values.set("_remote_host", peer);
  return made;
}

function connection(value: JsonObject): Section {
  const made = section("connection", "", value);
  const paths = [value.path, ...listOf(value.paths)].filter(isObject);
  made.sections.push(...paths.map(path));
  if (isObject(value.net)) made.sections.push(section("net", "", value.net, ["shared-secret"]));
  made.sections.push(...listOf(value.volumes).filter(isObject).map(volume));
  return made;
}

export function sectionsOfJson(text: string): { readonly top: readonly Section[]; readonly not_understood: readonly string[] } {
  const { objects, not_understood } = jsonObjects(text);
  const strange: string[] = [];
  const top: Section[] = [];
  for (const object of objects) {
    const name = textOf(object.resource);
    if (name === undefined) {
      strange.push(notUnderstood(object));
      continue;
    }
    const made = section("resource", name, {});
    if (isObject(object.options)) made.sections.push(section("options", "", object.options));
    const host = isObject(object._this_host) ? object._this_host : {};
    const mine = section("_this_host", "", host);
    mine.sections.push(...listOf(host.volumes).filter(isObject).map(volume));
    made.sections.push(mine, ...listOf(object.connections).filter(isObject).map(connection));
    top.push(made);
  }
  return { top, not_understood: [...not_understood, ...strange] };
}
