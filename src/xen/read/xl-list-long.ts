/**
 * `xl list -l`: the live configuration of every domain, without its state. Source: xl_info.c:440-500 (Xen 4.17), recordings healthy, migrate.
 * It takes each domain's device lock and asks QEMU, so it may block behind device operations: run rarely. A domain whose configuration
 * can't be read (an incoming one) is left out by xl, which then complains on stderr and still exits 0.
 */
import type { LiveConfig, LiveConfigs } from "../model/xen.ts";
import { clean } from "./clean.ts";
import { guestConfig, SECRETS_SED } from "./guest-config.ts";
import { type JsonObject, jsonObjects, numberOf } from "./json-objects.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";
import { failure, NO_XL, toolWords, XL_ONLY } from "./xl-tool.ts";

const fromElement = (element: JsonObject): LiveConfig | undefined => {
  const domid = numberOf(element.domid);
  const config = guestConfig(element.config);
  return domid === undefined || config === undefined ? undefined : { domid, config };
};

/** What can be said of an element that can't be read, without repeating it: it may hold a password. */
function describe(text: string): string {
  const domid = /"domid"\s*:\s*(\d{1,10})/.exec(text)?.[1];
  const name = /"name"\s*:\s*"([^"\\\n]{1,80})"/.exec(text)?.[1];
  return clean(`(unreadable: ${domid === undefined ? "no domid" : `domid ${domid}`}${name === undefined ? "" : `, ${name}`})`);
}

export function parseXlListLong({ rc, stdout, truncated }: RawOutput): ParseResult<LiveConfigs> {
  if (rc === RC_ABSENT) return absent(NO_XL);
  const { objects, not_understood } = jsonObjects(stdout);
  const read = objects.map((element) => ({ element, live: fromElement(element) }));
  const domains = read.flatMap(({ live }) => live ?? []);
  if (domains.length === 0) {
    const word = (line: string) => /^(?:xl|libxl|xc|xencall|error)\b/i.test(line.trim());
    if (rc !== 0) return failed(failure("xl list -l", rc, stdout, word));
    if (objects.length === 0) return failed("xl list -l printed no domain, not even Domain-0");
  }
  const unread = read.filter(({ live }) => live === undefined).map(({ element }) => describe(`"domid": ${numberOf(element.domid) ?? ""}`));
  // Libxl's messages between the elements are no elements: a broken element has at least a brace or a quoted key.
  const broken = not_understood.filter((text) => /[{}"]/.test(text)).map(describe);
  const cut = truncated ? ["(output cut at its size limit: domains are missing)"] : [];
  const ended = rc === 0 ? [] : [`(${failure("xl list -l", rc, "")}: domains may be missing)`];
  return parsed({ domains, not_understood: [...ended, ...cut, ...unread, ...broken] });
}

export const xlListLong: Reading<LiveConfigs> = {
  id: "xl-list-long",
  title: "live configuration of every domain",
  source: "xl list -l",
  script: `${XL_ONLY}\nout=$(${toolWords("xl list -l")}); rc=$?\nprintf '%s\\n' "$out" | ${SECRETS_SED}\nexit $rc`,
  cadence_s: 60,
  timeout_s: 20,
  bytes_max: 2_097_152,
  refreshed_by: ["xen"],
  parse: parseXlListLong,
};
