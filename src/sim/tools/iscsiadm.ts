/** `iscsiadm -m node -T TARGET -p PORTAL --login|--logout`, `-m session -R` (open-iscsi 2.1: session_mgmt.c, iscsiadm.c; statuses of iscsi_err.h). */
import { logIn, logOut, nodesOf, showDisks } from "../model/storage-paths.ts";
import type { Tool } from "./tool.ts";

const NO_RECORDS = 21;
const EXISTS = 15;
const TIMED_OUT = 8;
const LOGIN_MS = 700;
/** node.conn[0].timeo.login_timeout and the tries of iscsid. */
const LOGIN_LIMIT_MS = 15_000;

const after = (argv: readonly string[], option: string): string => argv[argv.indexOf(option) + 1] ?? "";

export const iscsiadm: Tool = (run) => {
  const { world, host, argv, say, end } = run;
  const { storage } = host;
  const nodes = nodesOf(host);
  const words = (target: string, portal: string): string => `target: ${target}, portal: ${portal.replace(/:(\d+)$/, ",$1")}`;
  if (argv.includes("session") && argv.includes("-R")) {
    for (const session of storage.sessions) {
      say(`Rescanning session [sid: ${session.sid}, ${words(session.target, session.portal)}]`);
      const node = nodes.find(({ target, portal }) => target === session.target && portal === session.portal);
      if (node !== undefined && session.connection === "LOGGED IN") showDisks(host, session, node);
    }
    if (storage.sessions.length === 0) say("iscsiadm: No session found.");
    return end(storage.sessions.length === 0 ? NO_RECORDS : 0);
  }
  const [target, portal] = [after(argv, "-T"), after(argv, "-p")];
  const node = nodes.find((each) => each.target === target && each.portal === portal);
  const session = storage.sessions.find((each) => each.target === target && each.portal === portal);
  if (node === undefined) {
    say("iscsiadm: No records found");
    return end(NO_RECORDS);
  }
  if (argv.includes("--login")) {
    if (session !== undefined) {
      say("iscsiadm: default: 1 session requested, but 1 already present.");
      return end(EXISTS);
    }
    say(`Logging in to [iface: default, ${words(target, portal)}]`);
    const server = portal.replace(/:\d+$/, "");
    if (world.servers.get(server) === false)
      return run.after(LOGIN_LIMIT_MS, () => {
        say(`iscsiadm: Could not login to [iface: default, ${words(target, portal)}].`);
        say("iscsiadm: initiator reported error (8 - connection timed out)");
        end(TIMED_OUT);
      });
    return run.after(LOGIN_MS, () => {
      logIn(world, host, node);
      say(`Login to [iface: default, ${words(target, portal)}] successful.`);
      end(0);
    });
  }
  if (session === undefined || !argv.includes("--logout")) {
    say("iscsiadm: No matching sessions found");
    return end(NO_RECORDS);
  }
  say(`Logging out of session [sid: ${session.sid}, ${words(target, portal)}]`);
  run.after(LOGIN_MS, () => {
    logOut(world, host, session);
    say(`Logout of [sid: ${session.sid}, ${words(target, portal)}] successful.`);
    end(0);
  });
};
