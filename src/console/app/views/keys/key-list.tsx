import { useState } from 'react';
import { Button } from '../../components/button.js';
import { ShortId } from '../../components/copy.js';
import { ROW, useRowKeys } from '../../components/lists/use-row-keys.js';
import { Empty, Loading, Problem } from '../../components/states.js';
import { Time } from '../../components/time.js';
import { useSession } from '../../data/key-session.js';
import { useQuestion } from '../../data/use-question.js';
import { keyState, scopeWords } from '../../words/key-words.js';
import { counted } from '../../words/time-words.js';
import { EndKeyDialog } from './end-key-dialog.js';
import { KEYS, type KeyRow } from './keys-question.js';
import { MakeKeyDialog } from './make-key-dialog.js';

/** Lists keys that work; those that have ended are folded away. */
export function KeyList() {
  const { may } = useSession();
  const keys = useQuestion(KEYS, {});
  const [making, setMaking] = useState(false);
  useRowKeys();
  const rows = keys.data?.apiKeys ?? [];
  const now = Date.now();
  const working = rows.filter((row) => keyState(row, now).works);
  const ended = rows.filter((row) => !keyState(row, now).works);
  return (
    <section className="part" aria-labelledby="keys-head">
      <div className="part-head">
        <h2 id="keys-head">Keys</h2>
        {may('mutation', 'createApiKey') && <Button onClick={() => setMaking(true)}>Make a key …</Button>}
      </div>
      {keys.isPending && <Loading trouble={keys.failureReason} />}
      {keys.isLoadingError && <Problem error={keys.error} onRetry={() => void keys.refetch()} />}
      {working.length > 0 && <Keys rows={working} all={rows} onChanged={() => void keys.refetch()} />}
      {keys.isSuccess && rows.length === 0 && (
        <Empty title="No keys">
          <p>Keys of this tenant appear here once they are made.</p>
        </Empty>
      )}
      {ended.length > 0 && (
        <details>
          <summary>{counted(ended.length, 'key')} that no longer work</summary>
          <Keys rows={ended} all={rows} onChanged={() => void keys.refetch()} />
        </details>
      )}
      {making && <MakeKeyDialog onClose={() => setMaking(false)} onMade={() => void keys.refetch()} />}
    </section>
  );
}

interface KeysProps {
  rows: readonly KeyRow[];
  all: readonly KeyRow[];
  onChanged: () => void;
}

const Keys = ({ rows, all, onChanged }: KeysProps) => (
  <ul className="cards">
    {rows.map((row) => (
      <KeyItem key={row.id} row={row} all={all} onChanged={onChanged} />
    ))}
  </ul>
);

const nameOf = ({ name, prefix }: Pick<KeyRow, 'name' | 'prefix'>): string => name ?? `${prefix}…`;

function KeyItem({ row, all, onChanged }: Omit<KeysProps, 'rows'> & { row: KeyRow }) {
  const { key, may } = useSession();
  const [ending, setEnding] = useState(false);
  const state = keyState(row, Date.now());
  const maker = all.find(({ id }) => id === row.createdBy);
  const isOwn = row.id === key.apiKey.id;
  return (
    <li className="card" tabIndex={-1} {...ROW}>
      <div className="card-head">
        <strong>
          <bdi>{nameOf(row)}</bdi>
        </strong>
        <span className="dim">{isOwn ? 'the key you use' : state.word}</span>
      </div>
      <span>{scopeWords(row.scope)}</span>
      <span className="dim">
        Begins with <code>{row.prefix}</code>
      </span>
      <span className="dim">
        Made <Time at={row.createdAt} />
        {maker && (
          <>
            {' '}
            by <bdi>{nameOf(maker)}</bdi>
          </>
        )}
      </span>
      <span className="dim">
        {row.lastUsedAt === null ? (
          'Not used yet'
        ) : (
          <>
            Used <Time at={row.lastUsedAt} />
          </>
        )}
      </span>
      {row.expiresAt !== null && (
        <span className="dim">
          {state.works ? 'Ends' : 'Ended'} <Time at={row.expiresAt} as="moment" />
        </span>
      )}
      {row.revokedAt !== null && (
        <span className="dim">
          {state.works ? 'Will be ended' : 'Was ended'} <Time at={row.revokedAt} as="moment" />
        </span>
      )}
      <details>
        <summary>What it may do</summary>
        <ul className="scope">
          {row.scope.split(' ').map((entry) => (
            <li key={entry}>
              <code>{entry}</code>
            </li>
          ))}
        </ul>
        <ShortId id={row.id} what="key's id" />
      </details>
      {state.works && !isOwn && may('mutation', 'revokeApiKey') && (
        <div className="deeds">
          <Button look="danger" onClick={() => setEnding(true)}>
            End this key …
          </Button>
        </div>
      )}
      {ending && (
        <EndKeyDialog
          id={row.id}
          name={nameOf(row)}
          descendants={descendantsOf(row.id, all)}
          onClose={() => setEnding(false)}
          onDone={onChanged}
        />
      )}
    </li>
  );
}

/** Counts the keys that still work and that a key has made, directly or by others. */
function descendantsOf(id: string, all: readonly KeyRow[]): number {
  const made = all.filter(({ createdBy }) => createdBy === id);
  return made.reduce((sum, row) => sum + (keyState(row, Date.now()).works ? 1 : 0) + descendantsOf(row.id, all), 0);
}
