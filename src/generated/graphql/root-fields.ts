/** The root fields of the schema. */
export const ROOT_FIELDS = {
  "query": [
    "alertRules",
    "apiKeys",
    "auditLog",
    "currentKey",
    "eventRules",
    "globalMessages",
    "message",
    "messageCounts",
    "messages",
    "recipient",
    "recipients",
    "statusEvents",
    "statusFeed",
    "topics",
    "usage",
    "version",
    "webhookAttempts",
    "webhooks"
  ],
  "mutation": [
    "cancelMessages",
    "createAlertRule",
    "createApiKey",
    "createTopic",
    "createWebhook",
    "deleteAlertRule",
    "deleteWebhook",
    "destroyTopic",
    "eraseRecipient",
    "publishEvents",
    "pushGlobalMessage",
    "pushMessage",
    "registerRecipient",
    "replayWebhook",
    "revokeApiKey",
    "revokeRecipient",
    "rotateWebhookSecret",
    "setEventRule",
    "setStatusFeed",
    "testWebhook",
    "updateWebhook"
  ],
  "subscription": [
    "statusEvents"
  ]
} as const;
