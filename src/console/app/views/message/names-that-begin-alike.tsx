import { useNamesLike } from '../../data/names-like.js';
import { linkTo } from '../../data/view-url.js';

const NAMES = 6;
/** The beginning by which other names are looked for: at least so many code points. */
const BEGINNING = 2;

/** Offers other names where one may be mistyped, or is only the beginning of one. */
export function NamesThatBeginAlike({ name, to = '/messages' }: { name: string; to?: string }) {
  const points = [...name];
  const beginning = points.slice(0, Math.max(BEGINNING, Math.ceil(points.length / 2))).join('');
  const longer = useNamesLike(name, NAMES);
  const isBeginning = longer.names.some((other) => other !== name);
  const alike = useNamesLike(longer.known && !isBeginning ? beginning : '', NAMES);
  const others = (isBeginning ? longer : alike).names.filter((other) => other !== name);
  if (others.length === 0) return null;
  return (
    <p>
      Names that begin like it:{' '}
      {others.map((other, i) => (
        <span key={other}>
          {i > 0 && ', '}
          <a href={linkTo(to, { name: other })}>
            <bdi className="name">{other}</bdi>
          </a>
        </span>
      ))}
    </p>
  );
}
