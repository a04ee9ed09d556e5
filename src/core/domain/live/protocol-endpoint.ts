import type { ProtocolTranslator } from './protocol-translator.js';

/** What of a handshake decides which protocol is spoken. */
interface EndpointRequest {
  /** Below the path of PUBLIC_DELIVERY_URL. */
  path: string;
}

/** What a path of another protocol leads to. */
export interface EndpointMatch {
  /** A token in the path; null where it comes in the query or a header. */
  token: string | null;
  /** An `Origin` header must be there, whatever the token says. */
  needsOrigin: boolean;
  translator: ProtocolTranslator;
}

/** A protocol of clients of another service, with the paths that they use. */
export interface ProtocolEndpoint {
  /** Null if the path is not one of its own. */
  match(request: EndpointRequest): EndpointMatch | null;
}
