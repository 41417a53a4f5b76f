/** Facts about XAPI, the toolstack of XenServer and XCP-ng, as it tells them on one host. */

export interface XapiPool {
  readonly uuid: string;
  readonly ha_enabled: boolean | undefined;
  /** Host failures that the operator wants survived. */
  readonly failures_to_tolerate: number | undefined;
  /** Host failures for which there is a plan to start every protected guest again. */
  readonly plan_exists_for: number | undefined;
  readonly overcommitted: boolean | undefined;
}

/** How this host reaches one storage repository (SR). */
export interface XapiPbd {
  readonly uuid: string;
  readonly sr_uuid: string;
  /** undefined: the SR's own row is missing or wasn't understood. */
  readonly sr_name: string | undefined;
  readonly sr_type: string | undefined;
  readonly shared: boolean | undefined;
  /** undefined: not told, which isn't unplugged. */
  readonly attached: boolean | undefined;
}

export interface Xapi {
  /** As its pool.conf says. */
  readonly role: "master" | "slave" | "broken" | undefined;
  /** The address of the master: from pool.conf or, where it answered HOST_IS_SLAVE, from that. */
  readonly master: string | undefined;
  readonly emergency: boolean;
  /** It answered HOST_IS_SLAVE: what it takes for a master is none. */
  readonly host_is_slave: boolean;
  /** It is only starting: it will say more. */
  readonly starting: boolean;
  /** Why the pool wasn't told, in xe's words. undefined: it was. */
  readonly refused: string | undefined;
  readonly pool: XapiPool | undefined;
  /** Of this host alone. undefined: not told. */
  readonly pbds: readonly XapiPbd[] | undefined;
  readonly not_understood: readonly string[];
}
