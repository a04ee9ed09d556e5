/** Fixed limits of the service. Bytes are UTF-8; characters are code points. */
export const LIMITS = {
  recipientChars: 256,
  topicChars: 256,
  idempotencyKeyChars: 128,
  alertCodeChars: 128,
  recipientsPerPush: 10_000,
  messageBytes: 64 * 1024,
  pushBytes: 16 * 1024 * 1024,
  expiryAheadMs: 365 * 24 * 60 * 60 * 1000,
  tokenBytes: 4096,
  /** Longest time, in seconds, after which somebody wants to be told of a message that still waits. */
  notifyAfterSeconds: 30 * 24 * 60 * 60,
  pageLimit: 1000,
  defaultPageLimit: 100,
  /** Names that are listed by their beginning. */
  recipientsListed: 50,
  /** What one document may ask of the nodes. */
  reasonsPerDocument: 100,
  recipientsPerDocument: 10,
  /** Pages of global messages with their counts. */
  countedPageLimit: 25,
  pageTextBytes: 8 * 1024 * 1024,
  cancelIds: 10_000,
  cancelPerCall: 10_000,
  runningGlobals: 1000,
  /** Keys of a tenant that have not ended. */
  keysPerTenant: 1000,
  keyNameChars: 128,
  /** Longest scope of a key that is made by the API. */
  scopeBytes: 4096,
  idempotencyMs: 24 * 60 * 60 * 1000,
  /** A receipt that reached a node before the expiry makes a message DELIVERED until this long after it. */
  expiryFinalAfterMs: 60_000,
  plainClientFrameBytes: 4 * 1024,
  protocolClientFrameBytes: 64 * 1024,
  /** A client may send so many frames that mean nothing to us, a second and at once. */
  idleFramesPerSecond: 20,
  idleFramesBurst: 100,
  /** Longest text that travels on the bus. */
  busTextBytes: 4 * 1024,
} as const;
