const PUSH = 'mutation($input:MessageInput!){pushMessage(input:$input){item{id} error{code}}}';
const PUBLISH = 'mutation($input:PublishEventsInput!){publishEvents(input:$input){id error{code}}}';

const asked = (query: string, input: object) => JSON.stringify({ query, variables: { input } });

export const pushTo = (recipients: readonly string[], message: string) => asked(PUSH, { recipients, message });

/** Publishes that many events on one topic. */
export const publishBody = (count: number, topic: string, data: object) =>
  asked(PUBLISH, { events: Array.from({ length: count }, () => ({ topic, type: 'update', data })) });

export const namesOf = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
