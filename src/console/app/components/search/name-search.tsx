import { Command } from 'cmdk';
import { type ClipboardEvent, useEffect, useRef, useState } from 'react';
import { useNamesLike } from '../../data/names-like.js';
import { isId } from '../../words/text-words.js';
import { IconButton } from '../button.js';
import { ICONS } from '../icons.js';
import { Name } from '../name.js';

interface NameSearchProps {
  label: string;
  placeholder: string;
  /** What is asked for now. */
  value: string;
  /** Says what Enter would do with what is typed. `names`: those that begin so; null if that is not known. */
  describe: (typed: string, names: readonly string[] | null) => string;
  onAsk: (text: string) => void;
  /** Other things that are typed here than names. */
  takesIds?: boolean;
}

/** Asks for names only once no key was pressed for so long, in milliseconds. */
const PAUSE_MS = 150;
const SUGGESTIONS = 8;

/** Asks for a name, by its beginning, with suggestions. `/` leads here from everywhere. */
export function NameSearch({ label, placeholder, value, describe, onAsk, takesIds = false }: NameSearchProps) {
  const [typed, setTyped] = useState(value);
  const [open, setOpen] = useState(false);
  const [trimmed, setTrimmed] = useState(false);
  const [highlighted, setHighlighted] = useState('ask');
  const input = useRef<HTMLInputElement>(null);
  const settled = useSettled(typed);
  const { names, known } = useNamesLike(takesIds && isId(settled) ? '' : settled, SUGGESTIONS);

  useEffect(() => {
    setTyped(value);
    setOpen(false);
  }, [value]);

  // cmdk says that its list is always open.
  useEffect(() => input.current?.setAttribute('aria-expanded', String(open)), [open]);

  const ask = (text: string) => {
    setTyped(text);
    setOpen(false);
    onAsk(text);
  };
  const paste = (event: ClipboardEvent<HTMLInputElement>) => {
    const pasted = event.clipboardData.getData('text');
    const clean = pasted.trim();
    const { selectionStart, selectionEnd } = event.currentTarget;
    const isAll = selectionStart === 0 && selectionEnd === typed.length;
    setTrimmed(clean !== pasted);
    if (clean === pasted || !isAll) return;
    event.preventDefault();
    setTyped(clean);
    setOpen(true);
  };
  const others = names.filter((name) => name !== typed);
  return (
    <search className="search">
      <Command
        shouldFilter={false}
        label={label}
        value={highlighted}
        onValueChange={setHighlighted}
        onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}
      >
        <div className="search-field">
          {ICONS.search}
          <Command.Input
            ref={input}
            data-search=""
            value={typed}
            onValueChange={(text) => {
              setTyped(text);
              setTrimmed(false);
              setHighlighted('ask');
              setOpen(true);
            }}
            onPaste={paste}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              event.stopPropagation();
              if (open) setOpen(false);
              else input.current?.blur();
            }}
            placeholder={placeholder}
            spellCheck={false}
            autoCapitalize="none"
          />
          {typed === '' ? (
            <kbd className="hint">/</kbd>
          ) : (
            <IconButton icon="close" label="Clear the search" onClick={() => ask('')} />
          )}
        </div>
        <Command.List className="search-list" label="Suggestions" hidden={!open}>
          <Command.Item value="ask" onSelect={() => ask(typed)}>
            {ICONS.search} <span className="search-words">{describe(typed, known && settled === typed ? names : null)}</span>
          </Command.Item>
          {others.map((name) => (
            <Command.Item key={name} value={`name:${name}`} onSelect={() => ask(name)}>
              <Name name={name} most={60} />
            </Command.Item>
          ))}
        </Command.List>
      </Command>
      {trimmed && (
        <p className="dim search-note" role="status">
          The blanks around what you pasted were left out.
        </p>
      )}
    </search>
  );
}

/** Returns the text once it has stayed the same for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
