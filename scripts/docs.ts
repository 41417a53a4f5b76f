/** The texts of the generated documents: pure, from the tables that the program itself goes by. */
import { commands, TIMEOUT_DEFAULT_S } from "../src/cli/commands.ts";
import { configSchema } from "../src/cli/config.ts";
import { actCodes, checkCodes, exitCodes } from "../src/cli/exit-codes.ts";
import type { Schema } from "../src/cli/schema-check.ts";
import type { Runbook } from "../src/state/runbooks/runbook.ts";
import { keyLabel } from "../src/views/key-label.ts";
import type { Reading } from "../src/xen/read/reading.ts";

const generated = (source: string): string => `<!-- Generated from ${source} by \`npm run generate\`: change it there. -->`;

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [titles, titles.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`);
}
const lines = (...parts: readonly (string | readonly string[])[]): string => `${parts.flat().join("\n")}\n`;

export function exitCodesDoc(): string {
  return lines(
    generated("src/cli/exit-codes.ts"),
    "# Exit codes",
    "",
    "Of every command but `check`:",
    "",
    table(
      ["code", "when"],
      Object.values(exitCodes).map(({ code, when }) => [String(code), when]),
    ),
    "",
    "A reader that goes away early (`xenha-tui status | head -1`) is no error.",
    "",
    "## What changes hosts",
    "",
    "`plan`, `migrate`, `guest`, `drbd` and `jobs takeover`:",
    "",
    table(
      ["code", "when"],
      Object.values(actCodes).map(({ code, when }) => [String(code), when]),
    ),
    "",
    "## `xenha-tui check`",
    "",
    "As monitoring plugins do, on one line: `XENHA OK|WARNING|CRITICAL|UNKNOWN - text | perfdata`.",
    "",
    table(
      ["code", "word", "when"],
      Object.entries(checkCodes).map(([word, { code, when }]) => [String(code), word, when]),
    ),
    "",
    "Where several hold, CRITICAL comes before WARNING before UNKNOWN before OK. What isn't known is never OK: a reading that hangs, failed or was",
    "not told in time is UNKNOWN where nothing worse is known. A tool that a host doesn't have (no multipath, no NFS) is an answer, not a gap.",
    "",
    "One host unreachable is CRITICAL, because the pair's redundancy is then not known to exist; it doesn't mean that the host is dead. A pair can say",
    'otherwise: `check = { one_host_unreachable = "warning" }` in the config file. Findings of a rule, and readings, can be left out there with',
    '`ignore = ["RULE", "reading.ID"]`.',
    "",
    `It ends within --timeout (default ${TIMEOUT_DEFAULT_S} s), whatever hangs: keep that below the monitor's own limit (Nagios: \`service_check_timeout\`, 60 s; NRPE: 10 s`,
    "unless `-t` says otherwise). Usage and config errors are UNKNOWN too, on standard output, since 2 would be CRITICAL.",
    "",
    "Perfdata, the same labels every time, `U` where a value isn't known: `hosts_live`, `guests_running`, `findings_warning`, `findings_critical`,",
    "`drbd_out_of_sync` (KB), per host `HOST_lost_cannot_restart`, `HOST_memory_free` (MB), `HOST_clock_skew` (s), and `took` (s).",
  );
}

export function readingsDoc(readings: readonly Reading<unknown>[]): string {
  return lines(
    generated("src/xen/read/*.ts"),
    "# Readings",
    "",
    "Everything that the console asks a dom0 by itself: consoles, shells, logs and plans run what they show, while they are open (`src/xen/host/console-source.ts`).",
    "Each runs on its own under its limits, so that one that hangs delays nobody; an answer is sent only when",
    "it changed. What exactly runs: share/probe.sh.",
    "",
    table(
      ["id", "tells", "command", "every", "limit", "bytes at most", "sooner on events of"],
      readings.map(({ id, title, source, cadence_s, timeout_s, bytes_max, refreshed_by }) => [
        `\`${id}\``,
        title,
        `\`${source}\``,
        cadence_s === 0 ? "once" : `${cadence_s} s`,
        `${timeout_s} s`,
        String(bytes_max),
        refreshed_by.join(", "),
      ]),
    ),
    "",
    "`xenha-tui debug parse ID FILE` prints what a command's raw output is understood as.",
  );
}

/** Held against the schema by test/cli/generate.test.ts. */
export const configExample = `# ~/.config/xenha-tui/config.toml
[pairs.prod]
hosts = ["alpha", "beta"]            # as ssh knows them
ssh_config = "~/.ssh/prod.conf"      # as ssh -F
sudo = "auto"
probe = "send"
read_only = false
timeout_s = 20
priority = ["db01", "web01"]         # what matters most first

[pairs.prod.migration]
alpha = "10.99.1.1"                  # where alpha takes guests in
beta = "10.99.1.2"

[pairs.prod.fence.alpha]
agent = "fence_ipmilan"
options = { ip = "10.0.0.11", username = "admin", lanplus = "1" }
password_file = "alpha.bmc"

[pairs.prod.fence.beta]
agent = "fence_ipmilan"
from = "peer"
options = { ip = "10.0.0.12", username = "admin", lanplus = "1" }
password_script = "~/bin/beta-bmc-password"
timeout_s = 60

[pairs.prod.check]
one_host_unreachable = "critical"
ignore = []

[pairs.lab]
hosts = ["root@lab1", "root@lab2"]

[alerts]
severity = "critical"
bell = true
notify = "off"
exec = ["/usr/local/bin/page", "oncall"]

[ui]
theme = "auto"
read_only = false
ascii = false
mouse = false
color = "auto"
`;

export function configDoc(): string {
  return lines(
    generated("schema/config.schema.json"),
    "# Config file",
    "",
    "`$XDG_CONFIG_HOME/xenha-tui/config.toml`, else `~/.config/xenha-tui/config.toml`, or what `--config FILE` says. TOML. It is read and never written,",
    "so comments stay. Nothing needs to be in it: `xenha-tui HOST_A HOST_B` works without. With one pair, `xenha-tui` alone opens it; with several, `xenha-tui NAME`.",
    "",
    "```toml",
    configExample.trimEnd(),
    "```",
    "",
    "A key that isn't known, or a value that can't be, is refused with file and line, and nothing is started. The same rules as a JSON schema, for editors:",
    "schema/config.schema.json.",
    "",
    table(["key", "default", "what it is"], keyRows(configSchema, "")),
    "",
    `Names of commands (${Object.keys(commands)
      .filter((name) => name !== "screen")
      .join(", ")}) can't name a pair. Options on the command line come before the file.`,
  );
}

const runbookSource = "src/state/runbooks/*.ts";

export function runbookDoc({ id, title, when, never, steps, over, scenario }: Runbook): string {
  return lines(
    generated(runbookSource),
    `# ${title}`,
    "",
    when,
    "",
    "## Never",
    "",
    never.map((said) => `- ${said}`),
    "",
    "## Step by step",
    "",
    "`NAME` stands for what the finding is about; keys are this console's (docs/keys.md). `f` goes to the worst finding, again to the next: until it is the one.",
    "",
    steps.flatMap(({ do: what, keys, see, action }, index) => [
      `${index + 1}. ${what}`,
      ...(keys === undefined ? [] : [`   - keys: ${keys.map((key) => `\`${keyLabel(key)}\``).join(" ")}`]),
      ...(see === undefined ? [] : [`   - see: ${see}`]),
      ...(action === undefined ? [] : [`   - action: \`xenha-tui ${action} ...\``]),
    ]),
    "",
    "## It is over when",
    "",
    over,
    "",
    `Drill: \`xenha-tui --demo ${scenario}\`; \`r\` on the finding opens this page (${id}).`,
  );
}

export function runbooksIndex(all: readonly Runbook[]): string {
  return lines(
    generated(runbookSource),
    "# Runbooks",
    "",
    "One for each incident: how it shows, what makes it worse, and the way to green with this console's keys. On the screen `r` on a finding opens its page.",
    "Each is walked by a test on its drill (test/scenarios/runbooks.test.ts): its keys exist and lead to what it says.",
    "",
    table(
      ["incident", "runbook", "drill"],
      all.map(({ incident, id, title, scenario }) => [
        incident === undefined ? "" : String(incident),
        `[${title}](${id}.md)`,
        `\`--demo ${scenario}\``,
      ]),
    ),
  );
}

function keyRows(schema: Schema, path: string): string[][] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const of = inner.additionalProperties;
    const leaf = inner.type !== "object" || (typeof of === "object" && of.type !== "object");
    const words = inner.enum === undefined ? "" : ` (${inner.enum.map((word) => `\`${JSON.stringify(word)}\``).join(", ")})`;
    const row = [`\`${at}\``, inner.default === undefined ? "" : `\`${JSON.stringify(inner.default)}\``, (inner.description ?? "") + words];
    return [...(leaf ? [row] : []), ...keyRows(inner, at)];
  });
  const named =
    typeof schema.additionalProperties === "object"
      ? keyRows(schema.additionalProperties, `${path}.${path.includes("NAME") ? "HOST" : "NAME"}`)
      : [];
  return [...own, ...named];
}
