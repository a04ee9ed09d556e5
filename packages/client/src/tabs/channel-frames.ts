/** What a tab says to the one that has the connection. */
export interface TabFrame {
  from: string;
  /** Wants to be connected, by this URI if there is no connection yet. */
  uri?: string;
  /** Was connected a moment ago, so it lacks what came since. */
  isBack?: boolean;
  /** A frame for the node. */
  text?: string;
  left?: true;
}

/** What the tab with the connection says to the others. */
export interface HubFrame {
  hub: string;
  /** The tab that is meant; all of them without it. */
  to?: string;
  /** It has the connection from now on. */
  leads?: true;
  opened?: true;
  /** A frame of the node. */
  text?: string;
  /** The connection has ended: code and reason. */
  closed?: [number, string];
}
