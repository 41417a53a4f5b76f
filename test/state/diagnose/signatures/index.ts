/**
 * What can go wrong with a pair, by its signature (2-domain, section 4) and as the lab taught: the rule that tells it, a case that the rule must
 * tell, and a near one of which it must say nothing. A case is a simulated pair with something done to it, or a recording of a real one; so each
 * goes the whole way from a tool's words over its parser to the finding.
 */
import type { Signature } from "./case.ts";
import { guests } from "./guests.ts";
import { hosts, network, storage } from "./hardware.ts";
import { mirrors } from "./mirrors.ts";
import { xapi } from "./xapi.ts";

export const signatures: readonly Signature[] = [...guests, ...mirrors, ...storage, ...network, ...hosts, ...xapi];

/** Rules whose case is made by hand in this folder's other tests: no host tells it to the simulator or left it in a recording. */
export const byHand: readonly string[] = ["host.refused", "host.slow", "drbd.quorum_lost", "plan.unfinished", "plan.unclear"];
