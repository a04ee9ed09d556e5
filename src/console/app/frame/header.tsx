import { useEffect, useState } from 'react';
import { Button, IconButton } from '../components/button.js';
import { useHashPath } from '../data/hash-location.js';
import { useSession } from '../data/key-session.js';
import { setTheme, useTheme } from '../data/theme.js';
import { linkTo } from '../data/view-url.js';
import { shortened } from '../words/text-words.js';
import { VIEWS } from './views.js';

interface HeaderProps {
  onCommand: () => void;
}

/** Heads every view: where one is, whose key it is, and the way out. */
export function Header({ onCommand }: HeaderProps) {
  const [path] = useHashPath();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  return (
    <header className="header">
      <div className="header-line">
        <a className="brand" href={linkTo('/')}>
          Tidings
        </a>
        <Button className="menu-button" aria-expanded={open} aria-controls="menu" onClick={() => setOpen(!open)}>
          Menu
        </Button>
        <Menu path={path} open={open} />
        <div className="header-tools">
          <button type="button" className="command-button" onClick={onCommand} aria-label="Go to anything">
            <kbd>{IS_MAC ? '⌘' : 'Ctrl '}K</kbd>
          </button>
          <ThemeButton />
          <WhoseKey />
        </div>
      </div>
    </header>
  );
}

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

function Menu({ path, open }: { path: string; open: boolean }) {
  const access = useSession();
  const views = VIEWS.filter(({ isGranted }) => isGranted(access));
  return (
    <nav id="menu" className="menu" data-open={open} aria-label="Views">
      <ul>
        {views.map(({ paths: [first], name, apart }, i) => (
          <li key={first} className={apart && !views[i - 1]?.apart ? 'menu-apart' : ''}>
            <a href={linkTo(first)} aria-current={path === first || path.startsWith(`${first}/`) ? 'page' : undefined}>
              {name}
            </a>
          </li>
        ))}
        <li>
          <a href={API_PAGE}>API</a>
        </li>
      </ul>
    </nav>
  );
}

/** The page at `/graphql`, which shares the key. */
const API_PAGE = window.location.pathname.endsWith('/') ? '../graphql' : 'graphql';

function ThemeButton() {
  const theme = useTheme();
  const other = theme === 'dark' ? 'light' : 'dark';
  return <IconButton icon={other === 'dark' ? 'moon' : 'sun'} label={`Use ${other} colours`} onClick={() => setTheme(other)} />;
}

/** Names characters of a tenant and a key, at most. */
const NAME_SHOWN = 24;

function WhoseKey() {
  const { key, hidesTexts, leave } = useSession();
  const { name, prefix, role } = key.apiKey;
  const words = name ?? (role === null ? prefix : `${role} key`);
  const whole = `Tenant ${key.tenant}, key ${words} (${prefix}…)${hidesTexts ? ', which does not show texts' : ''}`;
  return (
    <>
      <span className="whose-key" title={whole}>
        <bdi>{shortened(key.tenant, NAME_SHOWN)}</bdi>
        <bdi className="dim">{shortened(words, NAME_SHOWN)}</bdi>
      </span>
      <Button look="quiet" onClick={() => leave()}>
        Leave
      </Button>
    </>
  );
}
