import type { AuditSubject } from '../../core/domain/audit.js';
import { loggedUrl } from '../../core/domain/webhook/webhook.js';
import type {
  Mutation,
  MutationCancelMessagesArgs,
  MutationCreateAlertRuleArgs,
  MutationCreateApiKeyArgs,
  MutationCreateTopicArgs,
  MutationCreateWebhookArgs,
  MutationDeleteAlertRuleArgs,
  MutationDeleteWebhookArgs,
  MutationDestroyTopicArgs,
  MutationEraseRecipientArgs,
  MutationReplayWebhookArgs,
  MutationRevokeApiKeyArgs,
  MutationRevokeRecipientArgs,
  MutationRotateWebhookSecretArgs,
  MutationSetEventRuleArgs,
  MutationSetStatusFeedArgs,
  MutationTestWebhookArgs,
  MutationUpdateWebhookArgs,
} from '../../generated/graphql/types.js';

/** Mutations without an entry in the audit log: messages and events say themselves that they were sent. */
export const UNAUDITED_MUTATIONS = ['pushMessage', 'pushGlobalMessage', 'publishEvents', 'registerRecipient'] as const;

type AuditedMutation = Exclude<keyof Mutation, '__typename' | (typeof UNAUDITED_MUTATIONS)[number]>;

interface AuditRule {
  /**
   * Tells from the arguments, which nobody has judged yet, what the mutation touches. What is known only
   * later
   * is added to the note by who makes it.
   */
  subject(args: never): AuditSubject;
  /** Set if it takes several transactions: its entry is UNKNOWN until the last. */
  severalSteps?: true;
}

/**
 * Says of each mutation what its entry tells. The compiler refuses a mutation that is neither here nor
 * above.
 */
export const AUDITED_MUTATIONS: Readonly<Record<AuditedMutation, AuditRule>> = {
  cancelMessages: {
    subject: ({ input: { ids, recipient, globalMessageId, topic } }: MutationCancelMessagesArgs) => ({
      recipient,
      names: { ids, global: globalMessageId, topic },
    }),
  },
  revokeRecipient: { subject: ({ input: { recipient } }: MutationRevokeRecipientArgs) => ({ recipient }) },
  eraseRecipient: { subject: ({ input: { recipient } }: MutationEraseRecipientArgs) => ({ recipient }), severalSteps: true },
  createTopic: { subject: ({ input: { name } }: MutationCreateTopicArgs) => ({ names: { topic: name } }) },
  destroyTopic: { subject: ({ input: { name } }: MutationDestroyTopicArgs) => ({ names: { topic: name } }) },
  setEventRule: { subject: ({ input: { entity } }: MutationSetEventRuleArgs) => ({ names: { entity } }) },
  createAlertRule: { subject: ({ input: { code } }: MutationCreateAlertRuleArgs) => ({ names: { alert: code } }) },
  deleteAlertRule: { subject: ({ input: { code } }: MutationDeleteAlertRuleArgs) => ({ names: { alert: code } }) },
  setStatusFeed: {
    subject: ({ enabled, globals }: MutationSetStatusFeedArgs) => ({
      names: { feed: enabled ? 'on' : 'off', globals: globals == null ? null : String(globals) },
    }),
  },
  createApiKey: { subject: ({ input: { name } }: MutationCreateApiKeyArgs) => ({ names: { name } }) },
  revokeApiKey: {
    subject: ({ input: { id, descendants } }: MutationRevokeApiKeyArgs) => ({
      names: { descendants: descendants ? 'too' : null, key: id },
    }),
  },
  createWebhook: {
    subject: ({ input: { url } }: MutationCreateWebhookArgs) => ({ names: { url: loggedUrl(url) } }),
  },
  updateWebhook: {
    subject: ({ input: { id, url } }: MutationUpdateWebhookArgs) => ({
      names: { webhook: id, url: url ? loggedUrl(url) : null },
    }),
  },
  rotateWebhookSecret: {
    subject: ({ input: { id } }: MutationRotateWebhookSecretArgs) => ({ names: { webhook: id } }),
  },
  deleteWebhook: { subject: ({ input: { id } }: MutationDeleteWebhookArgs) => ({ names: { webhook: id } }) },
  testWebhook: { subject: ({ input: { id } }: MutationTestWebhookArgs) => ({ names: { webhook: id } }) },
  replayWebhook: { subject: ({ input: { id } }: MutationReplayWebhookArgs) => ({ names: { webhook: id } }) },
};

/** Role of keys whose reads are audited, too. */
export const WATCHED_ROLE = 'support';

interface ReadRule {
  /** Tells whose messages were read; null for those of several recipients, or of none. */
  recipient(args: never, answer: never): string | null;
}

/** Queries that show what was sent to a recipient. */
export const AUDITED_READS: Readonly<Record<string, ReadRule>> = {
  message: { recipient: (_args: never, answer: { recipient: string } | null) => answer?.recipient ?? null },
  messages: {
    recipient: ({ filter }: { filter?: { recipient?: string | null } | null }) => filter?.recipient ?? null,
  },
  recipient: { recipient: ({ name }: { name: string }) => name },
};
