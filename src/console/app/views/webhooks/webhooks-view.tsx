import { useState } from 'react';
import { Button } from '../../components/button.js';
import { ListAndDetail } from '../../components/lists/list-and-detail.js';
import { ROW, useRowKeys } from '../../components/lists/use-row-keys.js';
import { PageHead } from '../../components/page-head.js';
import { Empty, Loading, Problem } from '../../components/states.js';
import { Status } from '../../components/status.js';
import { Time } from '../../components/time.js';
import { useSession } from '../../data/key-session.js';
import { useQuestion } from '../../data/use-question.js';
import { linkTo } from '../../data/view-url.js';
import { toldWords } from '../../words/status-event-words.js';
import { addressWords, healthWord, waitingWords } from '../../words/webhook-words.js';
import { STATUS_FEED } from '../status-events/status-events-question.js';
import { useWebhooks } from './use-webhooks.js';
import { WebhookForm } from './webhook-form.js';
import { WebhookView } from './webhook-view.js';
import { MOST_WEBHOOKS, type WebhookRow } from './webhooks-question.js';

const BACK = '/webhooks';

/** Shows webhooks, and one that is open. */
export function WebhooksView({ id }: { id?: string | undefined }) {
  return (
    <ListAndDetail
      list={<WebhookList open={id} />}
      detail={id === undefined ? null : (beside) => <WebhookView key={id} id={id} back={BACK} beside={beside} />}
      label="Webhook"
      back={BACK}
    />
  );
}

function WebhookList({ open }: { open: string | undefined }) {
  const { may } = useSession();
  const [making, setMaking] = useState(false);
  const { webhooks, error, trouble, refetch } = useWebhooks();
  useRowKeys();
  const mayMake = may('mutation', 'createWebhook') && webhooks !== undefined && webhooks.length > 0;
  return (
    <>
      <PageHead title="Webhooks" tab="Webhooks" note="Addresses of yours that are told what becomes of messages.">
        {mayMake && webhooks.length < MOST_WEBHOOKS && <Button onClick={() => setMaking(true)}>Make a webhook …</Button>}
      </PageHead>
      {!webhooks && (error ? <Problem error={error} onRetry={refetch} /> : <Loading trouble={trouble} />)}
      {webhooks && webhooks.length > 0 && (
        <ul className="rows">
          {webhooks.map((webhook) => (
            <li key={webhook.id} className="row">
              <a
                className="row-link"
                href={linkTo(`/webhooks/${webhook.id}`)}
                aria-current={webhook.id === open ? 'true' : undefined}
                {...ROW}
              >
                <Row webhook={webhook} />
              </a>
            </li>
          ))}
        </ul>
      )}
      {webhooks && webhooks.length >= MOST_WEBHOOKS && <p className="dim">There is room for {MOST_WEBHOOKS}, and no more.</p>}
      {webhooks?.length === 0 && <NoWebhooks onMake={() => setMaking(true)} />}
      {making && <WebhookForm webhook={null} onClose={() => setMaking(false)} onDone={refetch} />}
    </>
  );
}

function Row({ webhook }: { webhook: WebhookRow }) {
  const { url, events, description, waiting, lastSuccessAt } = webhook;
  return (
    <>
      <Status {...healthWord(webhook)} />
      <span className="row-text">
        <bdi>{addressWords(url)}</bdi> {description && <span className="dim">{description}</span>}
      </span>
      <span className="row-fact">{waiting > 0 ? `${waitingWords(waiting)} waiting` : toldWords(events)}</span>
      <span className="row-time">{lastSuccessAt === null ? 'nothing taken yet' : <Time at={lastSuccessAt} />}</span>
    </>
  );
}

/** Says what would be here; nothing can be made before status events are on. */
function NoWebhooks({ onMake }: { onMake: () => void }) {
  const { may } = useSession();
  const { data } = useQuestion(STATUS_FEED, {}, { enabled: may('query', 'statusFeed') });
  const isOff = data?.statusFeed.enabled === false;
  return (
    <Empty title="No webhooks yet">
      <p>A webhook is an address of your backend. It is told when a message is delivered, recalled or expires.</p>
      {isOff && (
        <p>
          Status events are off, so there is nothing to tell:{' '}
          {may('query', 'statusEvents') ? <a href={linkTo('/status-events')}>switch them on first</a> : 'they come first'}.
        </p>
      )}
      {!isOff && may('mutation', 'createWebhook') && (
        <Button look="primary" onClick={onMake}>
          Make a webhook …
        </Button>
      )}
    </Empty>
  );
}
