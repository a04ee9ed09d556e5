import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import { type Installation, MALFORMED, startInstallation } from './support.js';

// Sends every request that the documents of the other services print, and compares the answers with theirs as
// text: a client written from its document alone, on a plain WebSocket.

let tidings: Installation;
const clients: WebSocket[] = [];

beforeAll(async () => {
  tidings = await startInstallation();
}, 60_000);
afterEach(() => {
  for (const ws of clients.splice(0)) ws.terminate();
});
afterAll(() => tidings.stop());

interface Client {
  send(printed: string): void;
  /** Takes the next frame as it came. */
  next(): Promise<string>;
}

async function connect(path: string, headers: Record<string, string> = {}): Promise<Client> {
  const ws = new WebSocket(`${tidings.deliveryUrls[0]}${path}`, { headers });
  clients.push(ws);
  const frames: string[] = [];
  const waiting: Array<() => void> = [];
  ws.on('message', (data, isBinary) => {
    expect(isBinary).toBe(false);
    frames.push(data.toString());
    for (const wake of waiting.splice(0)) wake();
  });
  await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
  return {
    send: (printed) => ws.send(printed),
    async next() {
      while (frames.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return frames.shift() as string;
    },
  };
}

/**
 * Normalizes a printed answer: spaces and line ends are the document's, the order of attributes is the
 * service's.
 */
const printed = (text: string) => JSON.stringify(JSON.parse(text));
const tokenFor = async (input: object) => (await tidings.register(input)).token;

describe('entity events', () => {
  const FILE = '37c3b618-9ad8-49ef-b0af-c329dd0b3ebb';
  const FOLDER = '8fe828a8-b35e-434c-abcd-a95756c8a1f5';
  const subscribe = (entity: string, id: string) => `{
  "action": "subscribe",
  "entity": "${entity}",
  "id": "${id}"
}`;
  const UNSUBSCRIBE = `{
  "action": "unsubscribe",
  "entity": "FILE",
  "id": "37c3b618-9ad8-49ef-b0af-c329dd0b3ebb"
}`;
  const CHANGED = ['fullText', 'language', 'annotatable'];

  async function open(): Promise<Client> {
    await tidings.ask('mutation { setEventRule(input: { entity: "FILE", types: ["CREATE", "UPDATE"] }) { entity } }');
    const token = await tokenFor({ subscribe: ['file', 'folder'] });
    return connect('/api/websocket/events', { Authorization: `Bearer ${token}`, Origin: 'https://processmaker-idp.example' });
  }
  /** Expects no answer: success is silent, so the answer to a wrong frame comes next. */
  async function carriedOut(client: Client): Promise<void> {
    client.send(MALFORMED);
    expect(await client.next()).toContain('BAD_USER_INPUT');
  }

  it('Subscribe, Notifications and Unsubscribe of a file', async () => {
    const client = await open();
    client.send(subscribe('file', 'fc795c7a-451f-474b-9a56-ac5ca6d140dd'));
    client.send(subscribe('file', FILE));
    await carriedOut(client);
    const event = { topic: `file:${FILE}`, type: 'update', name: 'example.pdf', changed: CHANGED, data: { language: 'en' } };
    await tidings.publish(event);
    expect(await client.next()).toBe(
      printed(`{
  "entity": "FILE",
  "id": "37c3b618-9ad8-49ef-b0af-c329dd0b3ebb",
  "name": "example.pdf",
  "action": "UPDATE",
  "attributes": ["fullText", "language", "annotatable"]
}`),
    );
    client.send(UNSUBSCRIBE);
    await carriedOut(client);
    await tidings.publish(event, { ...event, topic: 'file:fc795c7a-451f-474b-9a56-ac5ca6d140dd' });
    expect(JSON.parse(await client.next()).id).toBe('fc795c7a-451f-474b-9a56-ac5ca6d140dd');
  });

  it('Notifications of new and updated files in a folder', async () => {
    const client = await open();
    client.send(subscribe('folder', FOLDER));
    await carriedOut(client);
    const parent = `folder:${FOLDER}`;
    await tidings.publish(
      { topic: 'file:5a021d0f-b864-413a-91b1-7e027de959b1', type: 'create', name: 'new_file.pdf', parent },
      { topic: `file:${FILE}`, type: 'update', name: 'example.pdf', changed: CHANGED, parent },
    );
    expect(await client.next()).toBe(
      printed(`{
  "entity": "FOLDER",
  "id": "8fe828a8-b35e-434c-abcd-a95756c8a1f5",
  "action": "CREATE_FILE",
  "child": {
    "name": "new_file.pdf",
    "entity": "FILE",
    "id": "5a021d0f-b864-413a-91b1-7e027de959b1"
  }
}`),
    );
    expect(await client.next()).toBe(
      printed(`{
  "entity": "FOLDER",
  "id": "8fe828a8-b35e-434c-abcd-a95756c8a1f5",
  "action": "UPDATE_FILE",
  "child": {
    "name": "example.pdf",
    "entity": "FILE",
    "id": "37c3b618-9ad8-49ef-b0af-c329dd0b3ebb"
  },
  "attributes": ["fullText", "language", "annotatable"]
}`),
    );
  });
});

describe('table topics', () => {
  const LIST = `{
  "method": "list-topic"
}`;
  const LISTED = `
  task_task_id_has_usergroup_usergroup_id timeline application json_schema_json_schema_id_has_usergroup_usergroup_id
  plan_plan_id_has_usergroup_usergroup_id mail_account stream user_otp_account outbox_outbox_id_has_usergroup_usergroup_id
  oauth_token_oauth_token_id_has_usergroup_usergroup_id stream_stream_id_has_usergroup_usergroup_id
  deployment_deployment_id_has_usergroup_usergroup_id feed_feed_id_has_usergroup_usergroup_id
  smd_smd_id_has_usergroup_usergroup_id site_site_id_has_usergroup_usergroup_id
  timeline_timeline_id_has_usergroup_usergroup_id tab_eygurbe screen_screen_id_has_usergroup_usergroup_id mail_server
  certificate data_exchange document_document_id_has_usergroup_usergroup_id oauth_token
  calendar_calendar_id_has_usergroup_usergroup_id tab_nuqymzy outbox screen
  integration_integration_id_has_usergroup_usergroup_id oauth_connect
  user_payment_user_payment_id_has_usergroup_usergroup_id mail world
  mail_account_mail_account_id_has_usergroup_usergroup_id mail_box world_world_id_has_usergroup_usergroup_id
  user_account_user_account_id_has_usergroup_usergroup_id tab_nuqymzy_tab_nuqymzy_id_has_usergroup_usergroup_id calendar
  smd user_payment action task site integration starter_app_starter_app_id_has_usergroup_usergroup_id plan usergroup
  tab_eygurbe_tab_eygurbe_id_has_usergroup_usergroup_id deployment starter_app json_schema
  user_otp_account_user_otp_account_id_has_usergroup_usergroup_id feed
  cloud_store_cloud_store_id_has_usergroup_usergroup_id world_world_id_has_smd_smd_id
  certificate_certificate_id_has_usergroup_usergroup_id mail_mail_id_has_usergroup_usergroup_id
  action_action_id_has_usergroup_usergroup_id data_exchange_data_exchange_id_has_usergroup_usergroup_id user_account
  application_application_id_has_usergroup_usergroup_id document oauth_connect_oauth_connect_id_has_usergroup_usergroup_id
  cloud_store mail_server_mail_server_id_has_usergroup_usergroup_id mail_box_mail_box_id_has_usergroup_usergroup_id`
    .trim()
    .split(/\s+/);
  const CREATED = `{
  "MessageSource": "database",
  "EventType": "create",
  "ObjectType": "user_account",
  "EventData": {
    "__type": "user_account",
    "confirmed": false,
    "created_at": "2021-03-13T13:47:07.954634Z",
    "email": "asdf@asfd.cm",
    "name": "asdf",
    "password": "$2a$11$HbH5o1s6ThsMJ9ft/.uljO9.T.od/tR0RFtep50Ef5mzymI6kNlW.",
    "permission": 2097057,
    "reference_id": "004cc6b6-8b9b-4d51-936a-128133b21d04",
    "updated_at": null,
    "user_account_id": "ee655e01-98a5-4761-bc93-b7a15e2b5847",
    "version": 1
  }
}`;
  const UPDATED = `{
  "MessageSource": "database",
  "EventType": "update",
  "ObjectType": "user_account",
  "EventData": {
    "__type": "user_account",
    "confirmed": false,
    "created_at": "2021-03-13T13:47:07.954634Z",
    "email": "asdf@asfd.cm",
    "name": "asdf",
    "password": "$2a$11$U83vQU5A3Xq2Gcphb52XOej8H9p1GbFKerpkoSesbx674qZfBjJdu",
    "permission": 2097057,
    "reference_id": "004cc6b6-8b9b-4d51-936a-128133b21d04",
    "updated_at": "2021-03-13T13:48:21.258962Z",
    "user_account_id": "ee655e01-98a5-4761-bc93-b7a15e2b5847",
    "version": 2
  }
}`;
  const SUBSCRIBE = `{
  "method": "subscribe",
  "attributes": {
    "topic": "user_account"
  }
}`;
  const open = async (input: object) => connect(`/live?token=${await tokenFor(input)}`);
  const topicsOf = (frame: string): string[] => JSON.parse(frame).EventData.topics;
  async function listed(client: Client): Promise<string[]> {
    client.send(LIST);
    return topicsOf(await client.next());
  }
  const row = (answer: string) => ({ topic: 'user_account:004cc6b6', ...typeAndData(JSON.parse(answer)) });
  const typeAndData = ({ EventType, EventData }: { EventType: string; EventData: object }) => ({
    type: EventType,
    data: EventData,
  });

  it('List topics', async () => {
    const create = LISTED.map((name, i) => `t${i}: createTopic(input: { name: "${name}", system: true }) { name }`);
    for (let i = 0; i < create.length; i += 10) await tidings.ask(`mutation { ${create.slice(i, i + 10).join(' ')} }`);
    const client = await open({ subscribe: ['*'] });
    client.send(LIST);
    const answer = await client.next();
    // The document lists them in no order; the service in order of their names.
    expect(answer).toBe(
      printed(`{
  "MessageSource": "system",
  "EventType": "response",
  "ObjectType": "topic-list",
  "EventData": {
    "topics": ${JSON.stringify(topicsOf(answer))}
  }
}`),
    );
    expect(topicsOf(answer)).toEqual([...LISTED].sort());
    for (const one of create) {
      const name = /name: "(\w+)"/.exec(one)?.[1];
      await tidings.ask(`mutation { destroyTopic(input: { name: "${name}" }) { name } }`);
    }
  }, 30_000);

  it('Create topic, Destroy topic', async () => {
    const client = await open({ subscribe: ['*'], publish: ['*'] });
    client.send(`{
  "method": "create-topic",
  "attributes": {
    "name": "<new_topic_name>"
  }
}`);
    client.send('{"method":"create-topic","attributes":{"name":"<topic_name>"}}');
    expect(await listed(client)).toEqual(['<new_topic_name>', '<topic_name>']);
    client.send(`{
  "method": "destroy-topic",
  "attributes": {
    "name": "<topic_name>"
  }
}`);
    expect(await listed(client)).toEqual(['<new_topic_name>']);
    await tidings.ask('mutation { destroyTopic(input: { name: "<new_topic_name>" }) { name } }');
  });

  it('Subscribe topic', async () => {
    const client = await open({ subscribe: ['user_account'] });
    client.send(SUBSCRIBE);
    await listed(client);
    await tidings.publish(row(CREATED), row(UPDATED));
    expect(await client.next()).toBe(printed(CREATED));
    expect(await client.next()).toBe(printed(UPDATED));
  });

  it('Subscribe with filters, Unsubscribe topic', async () => {
    const client = await open({ subscribe: ['user_account', '<topic_name>'] });
    client.send(`{
  "method": "subscribe",
  "attributes": {
    "topic": "user_account",
    "filters": {
      "EventType": "update",
      "<column_name>": "<filter_value>"
    }
  }
}    
`);
    client.send('{"method":"subscribe","attributes":{"topic":"<topic_name>"}}');
    await listed(client);
    const filtered = { ...row(UPDATED), data: { '<column_name>': '<filter_value>' } };
    await tidings.publish(row(CREATED), row(UPDATED), { ...filtered, type: 'create' }, filtered, { topic: '<topic_name>' });
    expect(await client.next()).toBe(
      '{"MessageSource":"database","EventType":"update","ObjectType":"user_account","EventData":{"<column_name>":"<filter_value>"}}',
    );
    expect(JSON.parse(await client.next()).ObjectType).toBe('<topic_name>');
    client.send(`{
  "method": "unsubscribe",
  "attributes": {
    "topic": "<topic_name>"
  }
}`);
    client.send(SUBSCRIBE.replace('subscribe', 'unsubscribe'));
    client.send(SUBSCRIBE);
    await listed(client);
    await tidings.publish({ topic: '<topic_name>' }, row(CREATED));
    expect(await client.next()).toBe(printed(CREATED));
  });

  it('New message for a user-created topic', async () => {
    const client = await open({ recipient: 'ann', subscribe: ['test'], publish: ['test'] });
    client.send('{"method":"create-topic","attributes":{"name":"test"}}');
    client.send('{"method":"subscribe","attributes":{"topic":"test"}}');
    client.send(`{
  "method": "new-message",
  "attributes": {
    "topic": "test",
    "message": {
      "hello": "world"
    }
  }
}	
`);
    expect(await client.next()).toBe(
      '{"MessageSource":"ann","EventType":"new-message","ObjectType":"test","EventData":{"hello":"world"}}',
    );
    client.send('{"method":"destroy-topic","attributes":{"name":"test"}}');
    expect(await listed(client)).toEqual([]);
  });

  it('Client request payload structure: every method with a type, and its attributes as payload', async () => {
    const client = await open({ recipient: 'ann', subscribe: ['*'], publish: ['*'] });
    const request = (method: string, payload: object) =>
      client.send(JSON.stringify({ method, type: method === 'subscribe' ? 'table' : '', payload }));
    request('create-topic', { name: 'chat' });
    request('subscribe', { topic: 'chat' });
    request('list-topic', {});
    expect(topicsOf(await client.next())).toEqual(['chat']);
    request('new-message', { topic: 'chat', message: { hello: 'world' } });
    expect(JSON.parse(await client.next()).EventData).toEqual({ hello: 'world' });
    request('unsubscribe', { topic: 'chat' });
    request('new-message', { topic: 'chat', message: {} });
    request('destroy-topic', { name: 'chat' });
    request('list-topic', {});
    expect(topicsOf(await client.next())).toEqual([]);
  });
});

describe('topic paths', () => {
  const TOPIC = 'customer_id:5013bc52-da9a-11ee-844f-2fa34248de28:activeflow:74ac5405-7c70-4184-9388-1c9f8f8ce25f';
  const AGENT = 'agent_id:0d1b3c2a-da9a-11ee-844f-2fa34248de28:activeflow:74ac5405-7c70-4184-9388-1c9f8f8ce25f';
  const SUBSCRIBE = `{
        "type": "subscribe",
        "topics": [
            "customer_id:5013bc52-da9a-11ee-844f-2fa34248de28:activeflow:74ac5405-7c70-4184-9388-1c9f8f8ce25f"
        ]
    }`;
  const command = (type: string, ...topics: string[]) => `{
        "type": "${type}",
        "topics": [${topics.map((topic) => `"${topic}"`).join(', ')}]
    }`;

  it.each([
    ['the query', (token: string) => connect(`/v1.0/ws?token=${token}`)],
    ['a header', (token: string) => connect('/v1.0/ws', { authorization: `Bearer ${token}` })],
  ])('Topic subscription and unsubscription, with the token in %s', async (_, open) => {
    const client = await open(await tokenFor({ subscribe: [TOPIC, AGENT] }));
    client.send(SUBSCRIBE);
    client.send(command('subscribe', AGENT, TOPIC));
    client.send(MALFORMED);
    expect(JSON.parse(await client.next())).toMatchObject({ type: 'error' });
    await tidings.publish(
      { topic: TOPIC, type: 'update', data: { id: '74ac5405-7c70-4184-9388-1c9f8f8ce25f', status: 'running' } },
      { topic: AGENT, type: 'create', data: {} },
    );
    expect(await client.next()).toBe(
      '{"type":"activeflow_updated","data":{"id":"74ac5405-7c70-4184-9388-1c9f8f8ce25f","status":"running"}}',
    );
    expect(await client.next()).toBe('{"type":"activeflow_created","data":{}}');
    client.send(command('unsubscribe', TOPIC));
    client.send(MALFORMED);
    expect(JSON.parse(await client.next())).toMatchObject({ type: 'error' });
    await tidings.publish({ topic: TOPIC }, { topic: AGENT, data: { last: true } });
    expect(await client.next()).toBe('{"type":"activeflow_updated","data":{"last":true}}');
  });

  it('Pattern matching: a resource stands for all of its kind', async () => {
    const customer = TOPIC.split(':').slice(0, 2).join(':');
    const client = await connect(`/v1.0/ws?token=${await tokenFor({ subscribe: [customer] })}`);
    client.send(command('subscribe', `${customer}:activeflow`));
    client.send(MALFORMED);
    await client.next();
    await tidings.publish(
      { topic: `${customer}:call:1` },
      { topic: TOPIC, data: { n: 1 } },
      { topic: `${TOPIC}0`, data: { n: 2 } },
    );
    expect(await client.next()).toBe('{"type":"activeflow_updated","data":{"n":1}}');
    expect(await client.next()).toBe('{"type":"activeflow_updated","data":{"n":2}}');
  });
});

describe('object subscriptions', () => {
  const VOYAGE = {
    key: 38_207_361,
    self: 'https://example.org/ws/rest/Voyage/38207361',
    referenceNo: 'V-1',
    vessel: { name: 'North', imo: 9 },
  };

  it('WebSocketObjectSubscription, the fields sent through it, and {}', async () => {
    const token = await tokenFor({ subscribe: ['voyage'] });
    const client = await connect(`/ws/rest/WebSocketObjectSubscription/Voyage/Update/38207361/${token}`);
    const publish = () => tidings.publish({ topic: 'voyage:38207361', type: 'update', data: VOYAGE });
    const handled = async () => {
      client.send(MALFORMED);
      expect(JSON.parse(await client.next())).toMatchObject({ error: { code: 'BAD_USER_INPUT' } });
    };
    await handled();
    await publish();
    expect(await client.next()).toBe(JSON.stringify(VOYAGE));
    client.send('{"referenceNo": "*", "vessel": {"name": "*"}}');
    await handled();
    await publish();
    expect(JSON.parse(await client.next())).toEqual({
      key: VOYAGE.key,
      self: VOYAGE.self,
      referenceNo: 'V-1',
      vessel: { name: 'North' },
    });
    client.send('{}');
    await handled();
    await publish();
    expect(await client.next()).toBe(JSON.stringify(VOYAGE));
  });

  it.each([
    ['Creation', ['create']],
    ['Update', ['update']],
    ['Deletion', ['delete']],
    ['*', ['create', 'update', 'delete']],
  ])('%s of any object of a type', async (eventType, types) => {
    const token = await tokenFor({ subscribe: ['port'] });
    const client = await connect(`/ws/rest/WebSocketObjectSubscription/Port/${eventType}/*/${token}`);
    client.send(MALFORMED);
    await client.next();
    for (const type of ['create', 'update', 'delete']) await tidings.publish({ topic: 'port:7', type, data: { key: 7, type } });
    for (const type of types) expect(await client.next()).toBe(`{"key":7,"type":"${type}"}`);
  });

  it('WebSocketAlertScript', async () => {
    await tidings.ask(
      'mutation { createAlertRule(input: { code: "VOYAGE_LATE", topic: "voyage", condition: "data.delay > 24" }) { code } }',
    );
    const client = await connect(`/ws/rest/WebSocketAlertScript/VOYAGE_LATE/${await tokenFor({ subscribe: ['voyage'] })}`);
    client.send(MALFORMED);
    await client.next();
    await tidings.publish({ topic: 'voyage:1', data: { key: 1, delay: 3 } }, { topic: 'voyage:2', data: { key: 2, delay: 25 } });
    expect(await client.next()).toBe('{"key":2,"delay":25}');
  });
});
