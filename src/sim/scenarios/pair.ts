/** The default: a pair worth looking at, almost all of it well. */
import { demoPair } from "./parts/demo-pair.ts";
import { GIB_KIB } from "./parts/storage.ts";
import type { Remembered, Scenario } from "./scenario.ts";

const HOUR_S = 3600;
const log = (ago_s: number, host: string, text: string): Remembered => ({ ago_s, host, text });

/** The last hours, as the kernels remember them. */
const lastHours: readonly Remembered[] = [
  log(6.2 * HOUR_S, "beta", "ixgbe 0000:31:00.1 eno2: NIC Link is Down"),
  log(6.2 * HOUR_S - 1, "beta", "bond0: (slave eno2): link status definitely down, disabling slave"),
  log(6.19 * HOUR_S, "beta", "ixgbe 0000:31:00.1 eno2: NIC Link is Up 10 Gbps, Flow Control: RX/TX"),
  log(6.19 * HOUR_S - 1, "beta", "bond0: (slave eno2): link status definitely up, 10000 Mbps full duplex"),
  log(2.4 * HOUR_S, "alpha", "sd 12:0:0:1: [sdb] tag#12 FAILED Result: hostbyte=DID_TRANSPORT_DISRUPTED driverbyte=DRIVER_OK cmd_age=1s"),
  log(2.4 * HOUR_S - 2, "alpha", "device-mapper: multipath: 253:14: Failing path 8:16."),
  log(2.4 * HOUR_S - 9, "alpha", "device-mapper: multipath: 253:14: Reinstating path 8:16."),
  log(34, "alpha", "drbd mail01: PingAck did not arrive in time."),
  log(33.9, "alpha", "drbd mail01: peer( Secondary -> Unknown ) conn( Connected -> NetworkFailure ) pdsk( UpToDate -> DUnknown )"),
  log(33, "alpha", "drbd mail01: conn( NetworkFailure -> Unconnected )"),
  log(32.9, "alpha", "drbd mail01: conn( Unconnected -> WFConnection )"),
  log(22, "alpha", "drbd mail01: Handshake successful: Agreed network protocol version 101"),
];

export const pair: Scenario = {
  name: "pair",
  sentence: "Two healthy hosts with nine guests; one disk is resyncing for some minutes after a short link loss.",
  build: demoPair,
  before: lastHours,
  steps: [
    { at_s: -20, what: "mail01's mirror copies what it missed", act: (fault) => fault.resync("mail01", "alpha", 6 * GIB_KIB) },
    { at_s: 45, what: "an operator moves proxy01 to beta", act: (fault) => fault.migrate("proxy01") },
    { at_s: 240, what: "and back again", act: (fault) => fault.migrate("proxy01") },
  ],
};
