import { useQueryClient } from '@tanstack/react-query';
import { useQuestion } from '../../data/use-question.js';
import { WEBHOOKS, type WebhookRow } from './webhooks-question.js';

/** Asks again how webhooks do after so long, in milliseconds, while the page is looked at. */
const HEALTH_MS = 10_000;

/** Begins the key of a webhook's attempts in the memory of the session. */
export const ATTEMPTS_KEY = 'attempts';

interface WebhooksNow {
  /** Undefined until they are known. */
  webhooks: readonly WebhookRow[] | undefined;
  error: Error | null;
  trouble: Error | null;
  /** Asks anew for webhooks and attempts: something was done. */
  refetch(): void;
}

export function useWebhooks(): WebhooksNow {
  const { data, error, failureReason } = useQuestion(WEBHOOKS, {}, { every: HEALTH_MS });
  const client = useQueryClient();
  const refetch = () => {
    for (const key of [WEBHOOKS.text, ATTEMPTS_KEY]) void client.invalidateQueries({ queryKey: [key] });
  };
  return { webhooks: data?.webhooks, error, trouble: failureReason, refetch };
}
