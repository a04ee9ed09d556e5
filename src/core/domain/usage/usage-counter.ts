/** Things that nodes count in memory and report every few seconds: close, not exact. */
export type UsageCounter = 'connects' | 'refused' | 'liveEvents' | 'webhookAttempts';
