/** Lets a worker hold this much more than the average before it leaves new connections to the others. */
const STOPS_AT = { times: 1.1, plus: 500 };
/** Lets it take new ones again from here on: less, so that it does not change its mind all the time. */
const GOES_ON_AT = { times: 1.05, plus: 250 };

/** Holds what is known of a worker that serves connections. */
export interface Load {
  /** What it held when it told of them last. */
  readonly sockets: number;
  /** The most that it may hold by now: it has not said yet that it obeys a smaller number. */
  readonly mayHold: number;
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
 * and one that has many more than the others leaves new ones to them. What is taken from one is given to
 * another only once it is known to be obeyed: a worker may have filled its places since it told of them.
 * @param most sockets of all
 */
export function balanceConnections(most: number, loads: readonly Load[]): Allowance[] {
  const sum = loads.reduce((total, { sockets }) => total + sockets, 0);
  const average = sum / loads.length;
  const more = Math.max(0, Math.floor((most - sum) / loads.length));
  const taken = loads.map(({ sockets, mayHold }) => Math.max(sockets, mayHold));
  let allTaken = taken.reduce((total, one) => total + one, 0);
  return loads.map(({ sockets, accepts }, i) => {
    const { times, plus } = accepts ? STOPS_AT : GOES_ON_AT;
    const own = taken[i] as number;
    const allowed = Math.max(sockets, Math.min(sockets + more, most - (allTaken - own)));
    allTaken += Math.max(0, allowed - own);
    return { most: allowed, accepts: sockets <= times * average + plus };
  });
}
