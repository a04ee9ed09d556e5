import { memo } from 'react';
import { RowCells } from '../../components/lists/row-cells.js';
import { ROW } from '../../components/lists/use-row-keys.js';
import { OutcomeStatus } from '../../components/status.js';
import { useNow } from '../../components/use-now.js';
import { linkTo, type Options } from '../../data/view-url.js';
import { fateFact, outcomeOf } from '../../words/message-words.js';
import type { MessageRow } from './messages-question.js';

interface RowsProps {
  rows: readonly MessageRow[];
  /** The message that is open beside the list. */
  open: string | undefined;
  options: Options;
  /** Whose messages they are is said above the list. */
  hidesName: boolean;
}

/** Shows one page of messages. A page that stays the same is not drawn again when the next one comes. */
export const MessageRows = memo(({ rows, open, options, hidesName }: RowsProps) =>
  rows.map((row) => (
    <li key={row.id} className="row">
      <a
        className="row-link"
        href={linkTo(`/messages/${row.id}`, options)}
        aria-current={row.id === open ? 'true' : undefined}
        {...ROW}
      >
        <Row row={row} hidesName={hidesName} />
      </a>
    </li>
  )),
);

function Row({ row, hidesName }: { row: MessageRow; hidesName: boolean }) {
  const now = useNow();
  return (
    <RowCells
      status={<OutcomeStatus outcome={outcomeOf(row)} />}
      name={hidesName ? null : row.recipient}
      text={row.message}
      dim={row.textHidden}
      fact={fateFact(row, now)}
      at={row.createdAt}
    />
  );
}
