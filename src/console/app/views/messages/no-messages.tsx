import { ROW } from '../../components/lists/use-row-keys.js';
import { Empty, Loading } from '../../components/states.js';
import { useSession } from '../../data/key-session.js';
import { useNamesLike } from '../../data/names-like.js';
import { linkTo, type Options } from '../../data/view-url.js';

const NAMES = 10;

interface NoMessagesProps {
  options: Options;
  /** Whether filters narrow the list beside the name. */
  filtered: boolean;
}

/** Says why there is nothing: nobody is called that, or nothing matches, or nothing was ever pushed. */
export function NoMessages({ options, filtered }: NoMessagesProps) {
  const name = options.name ?? '';
  const { may } = useSession();
  const { names, known, loading } = useNamesLike(name, NAMES);
  if (loading) return <Loading shape="line" />;
  if (name === '') return filtered ? <NothingMatches /> : <NothingYet />;
  // Names come in the order of code points: one that is known as it stands comes first.
  if (names[0] === name) return filtered ? <NothingMatches name={name} /> : <NothingYet />;
  return (
    <Empty title={<NobodyIsCalled name={name} />}>
      {names.length > 0 && <NamesLike names={names} />}
      {known && names.length === 0 && (
        <p>No name begins like it, either. Spelling, case and blanks count; messages are kept for a while only.</p>
      )}
      {!may('query', 'recipients') && <p>Spelling, case and blanks count.</p>}
      {name.trim() !== name && (
        <p>
          There are blanks around it. Without them:{' '}
          <a href={linkTo('/messages', { ...options, name: name.trim() })}>{name.trim()}</a>
        </p>
      )}
    </Empty>
  );
}

const NobodyIsCalled = ({ name }: { name: string }) => (
  <>
    Nobody is called “<bdi className="name">{name}</bdi>”
  </>
);

function NamesLike({ names }: { names: readonly string[] }) {
  return (
    <>
      <p>These begin like it:</p>
      <ul className="names">
        {names.map((name) => (
          <li key={name}>
            <a href={linkTo('/messages', { name })} {...ROW}>
              <bdi className="name">{name}</bdi>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

const NothingMatches = ({ name }: { name?: string }) => (
  <Empty title="Nothing matches">
    <p>
      There are messages{name === undefined ? '' : ` to ${name}`}, but none that all these filters let through. Take one of them
      away.
    </p>
  </Empty>
);

function NothingYet() {
  const { may } = useSession();
  return (
    <Empty title="No messages yet">
      <p>
        What your backend pushes appears here, with what became of it.
        {may('mutation', 'pushMessage') && ' To see one arrive, push it from the API page.'}
      </p>
    </Empty>
  );
}
