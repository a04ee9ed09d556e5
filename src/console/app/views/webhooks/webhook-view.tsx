import { ShortId } from '../../components/copy.js';
import { Facts } from '../../components/facts.js';
import { ICONS } from '../../components/icons.js';
import { PageHead } from '../../components/page-head.js';
import { Empty, Loading, Problem } from '../../components/states.js';
import { Time } from '../../components/time.js';
import { useNow } from '../../components/use-now.js';
import { toldWords } from '../../words/status-event-words.js';
import { shortened } from '../../words/text-words.js';
import { counted } from '../../words/time-words.js';
import { addressWords, healthSentence, healthWord, waitingWords } from '../../words/webhook-words.js';
import { AttemptList } from './attempt-list.js';
import { useWebhooks } from './use-webhooks.js';
import { WebhookDeeds } from './webhook-deeds.js';
import type { WebhookRow } from './webhooks-question.js';

interface WebhookViewProps {
  id: string;
  /** URL of the list. */
  back: string;
  /** Stands beside that list. */
  beside: boolean;
}

/** Shows one webhook: how it does in a sentence, what can be done about it, how its requests went. */
export function WebhookView({ id, back, beside }: WebhookViewProps) {
  const { webhooks, error, trouble, refetch } = useWebhooks();
  const webhook = webhooks?.find((one) => one.id === id);
  return (
    <article className="detail">
      <p className="back">
        <a href={`#${back}`}>
          {beside ? ICONS.close : ICONS.back} {beside ? 'Close' : 'Webhooks'}
        </a>
      </p>
      {webhook && <Webhook webhook={webhook} beside={beside} onChanged={refetch} />}
      {webhooks && !webhook && (
        <Empty level={beside ? 2 : 1} title="There is no webhook with this id">
          <p>It was deleted, or the id is not whole.</p>
        </Empty>
      )}
      {!webhooks && (error ? <Problem error={error} onRetry={refetch} /> : <Loading shape="page" trouble={trouble} />)}
    </article>
  );
}

interface WebhookProps {
  webhook: WebhookRow;
  beside: boolean;
  onChanged: () => void;
}

function Webhook({ webhook, beside, onChanged }: WebhookProps) {
  const { id, url, description } = webhook;
  const now = useNow();
  const { shape } = healthWord(webhook);
  const address = addressWords(url);
  const Heading = beside ? 'h3' : 'h2';
  return (
    <>
      <PageHead
        level={beside ? 2 : 1}
        title={<bdi className="name">{address}</bdi>}
        tab={`${shortened(address, 40)} · Webhook`}
        note={description ?? 'Webhook'}
      />
      <p className={`verdict verdict-${shape}`} aria-live="polite">
        {ICONS[shape]}
        <span>{healthSentence(webhook, now)}</span>
      </p>
      <WebhookDeeds webhook={webhook} onChanged={onChanged} />
      <Settings webhook={webhook} />
      <Heading>Attempts</Heading>
      <AttemptList webhook={webhook} onChanged={onChanged} key={id} />
    </>
  );
}

const Settings = ({
  webhook: { id, url, events, includeText, maxBatch, globals, createdAt, waiting, dropped },
}: {
  webhook: WebhookRow;
}) => (
  <Facts
    facts={[
      ['Whole address', url.includes('?') && <bdi>{url}</bdi>],
      ['Told of', `${toldWords(events)}${globals ? ', those of messages to everybody, too' : ''}`],
      ['Texts', includeText ? 'are sent, too' : 'are not sent'],
      ['In one request', maxBatch === 1 ? 'one event' : `up to ${counted(maxBatch, 'event')}`],
      ['Waiting', waiting > 0 && waitingWords(waiting)],
      ['Given up', dropped > 0 && counted(dropped, 'event')],
      ['Made', <Time key="made" at={createdAt} />],
      ['Id', <ShortId key="id" id={id} what="webhook's id" />],
    ]}
  />
);
