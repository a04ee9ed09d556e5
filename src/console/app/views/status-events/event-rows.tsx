import { memo } from 'react';
import { RowCells } from '../../components/lists/row-cells.js';
import { ROW } from '../../components/lists/use-row-keys.js';
import { Status } from '../../components/status.js';
import { useSession } from '../../data/key-session.js';
import { linkTo } from '../../data/view-url.js';
import { eventWords } from '../../words/status-event-words.js';
import type { EventRow } from './status-events-question.js';

interface EventPagesProps {
  pages: ReadonlyArray<readonly EventRow[]>;
  /** Whose events they are is said above the list. */
  hidesName: boolean;
}

/** Shows status events, page by page, each of which leads to its message if the key may look at that. */
export function EventPages({ pages, hidesName }: EventPagesProps) {
  const { may } = useSession();
  const leads = may('query', 'message') && may('query', 'messages');
  return (
    <ul className={`rows ${hidesName ? '' : 'rows-named'}`}>
      {pages.map((rows) => (
        <EventRows key={rows[0]?.id ?? ''} rows={rows} hidesName={hidesName} leads={leads} />
      ))}
    </ul>
  );
}

interface EventRowsProps {
  rows: readonly EventRow[];
  hidesName: boolean;
  /** The key may look at the messages. */
  leads: boolean;
}

/** A page that stays the same is not drawn again when the next one comes. */
const EventRows = memo(({ rows, hidesName, leads }: EventRowsProps) =>
  rows.map((row) => (
    <li key={row.id} className="row">
      {leads ? (
        <a className="row-link" href={linkTo(`/messages/${row.messageId}`)} {...ROW}>
          <Row row={row} hidesName={hidesName} />
        </a>
      ) : (
        <div className="row-link" tabIndex={-1} {...ROW}>
          <Row row={row} hidesName={hidesName} />
        </div>
      )}
    </li>
  )),
);

function Row({ row, hidesName }: { row: EventRow; hidesName: boolean }) {
  const { shape, word, fact } = eventWords(row);
  const { message } = row;
  return (
    <RowCells
      status={<Status shape={shape} word={word} />}
      name={hidesName ? null : row.recipient}
      text={message?.message ?? 'The message is no longer here'}
      dim={message?.textHidden ?? true}
      fact={fact}
      at={row.at}
    />
  );
}
