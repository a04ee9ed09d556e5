import { Button } from '../../components/button.js';
import { ListAndDetail } from '../../components/lists/list-and-detail.js';
import { More } from '../../components/lists/more.js';
import { useRowKeys } from '../../components/lists/use-row-keys.js';
import { PageHead } from '../../components/page-head.js';
import { NameSearch } from '../../components/search/name-search.js';
import { Loading, Problem } from '../../components/states.js';
import { go, useOptions } from '../../data/hash-location.js';
import { useSession } from '../../data/key-session.js';
import { linkTo, type Options, viewUrl } from '../../data/view-url.js';
import { isId, shortened } from '../../words/text-words.js';
import { counted } from '../../words/time-words.js';
import { MessageView } from '../message/message-view.js';
import { MessageFilters } from './message-filters.js';
import { MessageRows } from './message-rows.js';
import { FILTERS, PAGE } from './messages-question.js';
import { NoMessages } from './no-messages.js';
import { useMessages } from './use-messages.js';

/** Shows messages, and one that is open. */
export function MessagesView({ id }: { id?: string | undefined }) {
  const [options] = useOptions();
  const back = viewUrl('/messages', options);
  return (
    <ListAndDetail
      list={<MessageList open={id} />}
      detail={id === undefined ? null : (beside) => <MessageView key={id} id={id} back={back} beside={beside} />}
      label="Message"
      back={back}
    />
  );
}

function describe(typed: string, names: readonly string[] | null): string {
  if (typed === '') return 'Messages to anybody';
  if (isId(typed.trim())) return 'The message with this id';
  const shown = `“${shortened(typed, 60)}”`;
  if (names === null || names.includes(typed)) return `Messages to ${shown}`;
  return names.length === 0 ? `Nobody is called ${shown}` : `Nobody is called ${shown}: show who begins like it`;
}

function MessageList({ open }: { open: string | undefined }) {
  const [options, change] = useOptions();
  const { name = '' } = options;
  const list = useMessages(options);
  useRowKeys();
  const filtered = FILTERS.some((filter) => (options[filter] ?? '') !== '');
  const ask = (text: string) => {
    if (isId(text.trim())) go(`/messages/${text.trim().toLowerCase()}`);
    else go(viewUrl('/messages', { ...options, name: text }));
  };
  const narrow = (changed: Options) =>
    open === undefined ? change(changed) : go(viewUrl('/messages', { ...options, ...changed }));
  return (
    <>
      <MessagesHead name={name} />
      <NameSearch
        label="Find messages by name or id"
        placeholder="Name, beginning of a name, or id"
        value={name}
        describe={describe}
        onAsk={ask}
        takesIds
      />
      <div className="list-tools">
        <MessageFilters options={options} onChange={narrow} />
        <Fresh count={list.fresh} onShow={list.renew} />
      </div>
      {list.loading && !list.error && <Loading trouble={list.trouble} />}
      {list.error && <Problem error={list.error} onRetry={list.renew} />}
      {list.rows > 0 && (
        <ul className={`rows ${name === '' ? 'rows-named' : ''}`}>
          {list.pages.map((rows) => (
            <MessageRows key={rows[0]?.id ?? ''} rows={rows} open={open} options={options} hidesName={name !== ''} />
          ))}
        </ul>
      )}
      {!list.loading && !list.error && list.rows === 0 && !list.hasMore && <NoMessages options={options} filtered={filtered} />}
      {!list.loading && (
        <More hasMore={list.hasMore} loading={list.loadingMore} error={list.rows > 0 ? list.error : null} onMore={list.more} />
      )}
    </>
  );
}

function MessagesHead({ name }: { name: string }) {
  const { may } = useSession();
  if (name === '') return <PageHead title="Messages" tab="Messages" />;
  return (
    <PageHead title={<bdi className="name">{name}</bdi>} tab={`${shortened(name, 40)} · Messages`} note="Messages to this name">
      {may('query', 'recipient') && (
        <a className="button button-plain" href={linkTo('/recipients', { name })}>
          Is this person there now?
        </a>
      )}
    </PageHead>
  );
}

/** Says that there is something new, without moving what is read. */
function Fresh({ count, onShow }: { count: number; onShow: () => void }) {
  const words = count >= PAGE ? `${PAGE} or more new messages` : counted(count, 'new message');
  return (
    <div className="fresh">
      <span role="status" className="unseen">
        {count === 0 ? '' : words}
      </span>
      <Button
        icon="renew"
        onClick={onShow}
        look={count === 0 ? 'quiet' : 'primary'}
        aria-label={count === 0 ? 'Ask anew' : `Show ${words}`}
      >
        {count === 0 ? '' : `${count >= PAGE ? `${PAGE}+` : count} new`}
      </Button>
    </div>
  );
}
