import * as Dialog from '@radix-ui/react-dialog';
import { Command } from 'cmdk';
import { useState } from 'react';
import { useReturnFocus } from '../components/dialogs/use-return-focus.js';
import { Name } from '../components/name.js';
import { go } from '../data/hash-location.js';
import { useSession } from '../data/key-session.js';
import { useNamesLike } from '../data/names-like.js';
import { viewUrl } from '../data/view-url.js';
import { isId, shortened } from '../words/text-words.js';
import { VIEWS } from './views.js';

const SUGGESTIONS = 6;

interface Choice {
  words: string;
  to: string;
}

/** Goes to anything: a view, a message by its id, a recipient by name. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const text = typed.trim();
  const returnFocus = useReturnFocus();
  const { names } = useNamesLike(isId(text) ? '' : text, SUGGESTIONS);
  const choose = (to: string) => {
    onClose();
    go(to);
  };
  const choices = useChoices(text);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="dialog palette" aria-describedby={undefined} onCloseAutoFocus={returnFocus}>
          <Dialog.Title className="unseen">Go to anything</Dialog.Title>
          <Command shouldFilter={false} label="Go to anything" loop>
            <Command.Input
              value={typed}
              onValueChange={setTyped}
              placeholder="A view, an id, a name"
              spellCheck={false}
              autoCapitalize="none"
            />
            <Command.List label="Where to go">
              {choices.length + names.length === 0 && <Command.Empty>Nothing here is called that.</Command.Empty>}
              {choices.map(({ words, to }) => (
                <Command.Item key={to} value={to} onSelect={() => choose(to)}>
                  {words}
                </Command.Item>
              ))}
              {names
                .filter((name) => name !== text)
                .map((name) => (
                  <Command.Item key={name} value={`name:${name}`} onSelect={() => choose(viewUrl('/messages', { name }))}>
                    Messages to <Name name={name} />
                  </Command.Item>
                ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useChoices(text: string): Choice[] {
  const access = useSession();
  const views = VIEWS.filter(({ isGranted }) => isGranted(access))
    .filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
    .map(({ name, paths: [first] }) => ({ words: name, to: first }));
  if (text === '') return views;
  const shown = shortened(text, 40);
  const mayList = access.may('query', 'messages');
  if (isId(text)) {
    return mayList
      ? [
          { words: `Message ${shown}`, to: `/messages/${text.toLowerCase()}` },
          { words: `What a message to everybody ${shown} became`, to: viewUrl('/messages', { global: text.toLowerCase() }) },
        ]
      : [];
  }
  const about = [
    ...(mayList ? [{ words: `Messages to “${shown}”`, to: viewUrl('/messages', { name: text }) }] : []),
    ...(access.may('query', 'recipient') ? [{ words: `Is “${shown}” there?`, to: viewUrl('/recipients', { name: text }) }] : []),
  ];
  return [...views, ...about];
}
