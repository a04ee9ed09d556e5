/** Lets a worker hold this much more than the average before it leaves new connections to the others. */
const STOPS_AT = { times: 1.1, plus: 500 };
/** Lets it take new ones again from here on: less, so that it does not change its mind all the time. */
const GOES_ON_AT = { times: 1.05, plus: 250 };

/** Holds what is known of a worker that serves connections. */
export interface Load {
  readonly sockets: number;
  /** It takes new connections. */
  readonly accepts: boolean;
}

/** Tells a worker what it may do until the next time. */
export interface Allowance {
  /** Sockets that it may hold. */
  most: number;
  accepts: boolean;
}

/**
 * Shares the connections of a node among its workers: all of them together hold no more than the node may,
 * and one that has many more than the others leaves new ones to them.
 * @param most sockets of all
 */
export function balanceConnections(most: number, loads: readonly Load[]): Allowance[] {
  const sum = loads.reduce((total, { sockets }) => total + sockets, 0);
  const average = sum / loads.length;
  // Each knows of the others what they held a moment ago, so none may take what another could take, too.
  const more = Math.max(0, Math.floor((most - sum) / loads.length));
  return loads.map(({ sockets, accepts }) => {
    const { times, plus } = accepts ? STOPS_AT : GOES_ON_AT;
    return { most: sockets + more, accepts: sockets <= times * average + plus };
  });
}
