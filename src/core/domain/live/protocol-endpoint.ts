import type { ProtocolTranslator } from './protocol-translator.js';

/** Part of a handshake that decides which protocol is spoken. */
export interface EndpointRequest {
  /** Path below that of PUBLIC_DELIVERY_URL. */
  path: string;
  /** Lacks its question mark; is still percent-encoded. */
  query: string;
}

/** Protocol that a path leads to. */
export interface EndpointMatch {
  /** Token in the path; null if it comes in the query or a header. */
  token: string | null;
  /** Requires an `Origin` header, whatever the token says. */
  needsOrigin: boolean;
  translator: ProtocolTranslator;
}

/** Protocol of another service's clients, with the paths that they use. */
export interface ProtocolEndpoint {
  /** Returns null if the path is not one of the protocol's. */
  match(request: EndpointRequest): EndpointMatch | null;
}
